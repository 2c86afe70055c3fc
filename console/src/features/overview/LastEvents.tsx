// The newest events.
import { agoText, timeText } from '../../format/times';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { StateLabel } from '../../parts/StateLabel';
import { useNow } from '../../state/now';
import { useStore } from '../../state/store';

const shownMax = 6;

export function LastEvents() {
  const events = useStore((state) => state.events);
  const now = useNow();
  return (
    <Panel title="Events" actions={<PlaceLink page="events">All</PlaceLink>}>
      {events.length === 0 ? (
        'Nothing happened yet.'
      ) : (
        <ul className="lw-events">
          {events.slice(0, shownMax).map(({ number, severity, time, text }) => (
            <li key={number}>
              <StateLabel state={severity} />
              <time dateTime={time} title={timeText(time)}>
                {agoText(time, now)}
              </time>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
