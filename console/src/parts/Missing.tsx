// The page of something that is not there: deleted meanwhile, or a mistyped address.
import { Screen } from './Screen';
import { Nothing } from './Nothing';
import { PlaceLink } from './Place';

export function Missing({ kind, name, page }: { kind: string; name: string; page: string }) {
  return (
    <Screen title={name}>
      <Nothing title={`There is no ${kind} ${name}`} action={<PlaceLink page={page}>Show those there are</PlaceLink>}>
        It was deleted, or never made under this name.
      </Nothing>
    </Screen>
  );
}
