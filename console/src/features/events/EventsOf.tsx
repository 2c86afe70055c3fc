// The last events about one thing; nothing where there are none.
import { agoText, timeText } from '../../format/times';
import { Panel } from '../../parts/Panel';
import { StateLabel } from '../../parts/StateLabel';
import { useNow } from '../../state/now';
import { useStore } from '../../state/store';

const shownMax = 8;

export function EventsOf({ kind, name }: { kind: string; name: string }) {
  const events = useStore((state) => state.events);
  const now = useNow();
  const about = events.filter(({ subject }) => subject.kind === kind && subject.name === name).slice(0, shownMax);
  if (about.length === 0) return null;
  return (
    <Panel title="Events" className="lw-wide">
      <ul className="lw-events">
        {about.map((event) => (
          <li key={event.number}>
            <StateLabel state={event.severity} />
            <time dateTime={event.time} title={timeText(event.time)}>
              {agoText(event.time, now)}
            </time>
            <span>{event.text}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
