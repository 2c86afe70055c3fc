// A machine's screen (noVNC), loaded when it is asked for.
import { Alert, Button } from '@patternfly/react-core';
import RFB from '@novnc/novnc';
import { useEffect, useRef, useState } from 'react';
import { socketOf } from './socket';

export default function VncScreen({ name }: { name: string }) {
  const place = useRef<HTMLDivElement>(null);
  const screen = useRef<RFB | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [end, setEnd] = useState('');
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    setEnd('');
    const rfb = new RFB(place.current, socketOf(name, 'screen'), { shared: true, wsProtocols: ['binary'] });
    rfb.scaleViewport = true;
    screen.current = rfb;
    const connected = (): void => setOpen(true);
    let isOver = false;
    const ended = (): void => {
      isOver = true;
      setOpen(false);
      setEnd('The screen has ended: the machine stopped, or the connection was lost.');
    };
    rfb.addEventListener('connect', connected);
    rfb.addEventListener('disconnect', ended);
    return () => {
      rfb.removeEventListener('connect', connected);
      rfb.removeEventListener('disconnect', ended);
      if (!isOver) rfb.disconnect();
      screen.current = null;
      setOpen(false);
    };
  }, [name, attempt]);
  return (
    <>
      {end === '' ? null : <Alert isInline variant="warning" component="p" title={end} role="alert" />}
      <p role="status" className="lw-note">
        {isOpen ? 'Connected.' : ''}
      </p>
      <div className="lw-screen" ref={place} />
      <div className="lw-actions">
        <Button variant="secondary" isDisabled={!isOpen} onClick={() => screen.current?.sendCtrlAltDel()}>
          Send Ctrl+Alt+Del
        </Button>
        <Button variant="secondary" onClick={() => setAttempt((number) => number + 1)}>
          Connect again
        </Button>
      </div>
    </>
  );
}
