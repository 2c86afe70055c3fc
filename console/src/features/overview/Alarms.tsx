// What needs somebody, the worst first.
import { plural } from '../../format/numbers';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { StateLabel } from '../../parts/StateLabel';
import type { Alarm } from './alerts';

const shownMax = 6;

export function Alarms({ alarms }: { alarms: readonly Alarm[] }) {
  if (alarms.length === 0) {
    return (
      <Panel title="Health" className="lw-wide">
        <StateLabel state="ok" text="Everything is well" />
      </Panel>
    );
  }
  return (
    <Panel title={`Health: ${plural(alarms.length, 'thing needs', 'things need')} somebody`} className="lw-wide">
      <ul className="lw-events">
        {alarms.slice(0, shownMax).map(({ severity, page, name, text }) => (
          <li key={`${page} ${name}`}>
            <StateLabel state={severity} />
            {page === '' ? <span>{name}</span> : <PlaceLink page={page} name={name} />}
            <span>{text}</span>
          </li>
        ))}
      </ul>
      {alarms.length > shownMax ? <p className="lw-note">and {plural(alarms.length - shownMax, 'more')}</p> : null}
    </Panel>
  );
}
