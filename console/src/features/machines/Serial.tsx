// A machine's serial console (xterm.js), loaded when it is asked for.
import { Alert, Button } from '@patternfly/react-core';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef, useState } from 'react';
import { endOf, socketOf } from './socket';

const columns = 80;
const rows = 24;

// Tab and Escape belong to the guest, so there has to be another way out (WCAG 2.1.2).
function isWayOut(event: KeyboardEvent): boolean {
  return event.ctrlKey && event.shiftKey && event.key === 'F10';
}

function open(place: HTMLElement, url: string, onEnd: (text: string) => void, onLeave: () => void): () => void {
  const terminal = new Terminal({ cols: columns, rows, screenReaderMode: true, fontSize: 14, scrollback: 5000 });
  const socket = new WebSocket(url);
  let wasOpen = false;
  socket.binaryType = 'arraybuffer';
  terminal.open(place);
  terminal.attachCustomKeyEventHandler((event) => {
    if (!isWayOut(event)) return true;
    onLeave();
    return false;
  });
  terminal.onData((text) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(new TextEncoder().encode(text));
  });
  socket.onopen = () => {
    wasOpen = true;
    terminal.focus();
  };
  socket.onmessage = (message: MessageEvent<ArrayBuffer>) => terminal.write(new Uint8Array(message.data));
  socket.onclose = ({ code }) => onEnd(endOf(code, wasOpen));
  return () => {
    socket.onclose = null;
    socket.close();
    terminal.dispose();
  };
}

export default function Serial({ name }: { name: string }) {
  const place = useRef<HTMLDivElement>(null);
  const way = useRef<HTMLButtonElement>(null);
  const [attempt, setAttempt] = useState({ number: 0, query: '' });
  const [end, setEnd] = useState('');
  useEffect(() => {
    if (!place.current) return;
    setEnd('');
    return open(place.current, socketOf(name, 'serial', attempt.query), setEnd, () => way.current?.focus());
  }, [name, attempt]);
  const again = (query: string): void => setAttempt(({ number }) => ({ number: number + 1, query }));
  return (
    <>
      {end === '' ? null : <Alert isInline variant="warning" component="p" title={end} role="alert" />}
      <div className="lw-terminal" ref={place} />
      <p className="lw-note">Ctrl+Shift+F10 leaves the console with the keyboard.</p>
      <div className="lw-actions">
        <Button ref={way} variant="secondary" onClick={() => again('')}>
          Connect again
        </Button>
        <Button variant="secondary" onClick={() => again('?take_over=true')}>
          Take over
        </Button>
      </div>
    </>
  );
}
