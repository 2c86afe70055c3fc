// Names for the shapes of api/openapi.yaml, from which schema.d.ts is generated.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Host = Schemas['Host'];
export type Adapter = Schemas['Adapter'];
export type Target = Schemas['Target'];
export type Volume = Schemas['Volume'];
export type VolumePath = Schemas['VolumePath'];
export type VirtualFunction = Schemas['Function'];
export type FunctionPath = Schemas['FunctionPath'];
export type Policy = Schemas['Policy'];
export type Machine = Schemas['Machine'];
export type MachineDisk = Schemas['MachineDisk'];
export type PowerAction = Schemas['Power']['action'];
export type User = Schemas['User'];
export type Token = Schemas['Token'];
export type TokenMade = Schemas['TokenMade'];
export type Task = Schemas['Task'];
export type LanewayEvent = Schemas['Event'];
export type AuditEntry = Schemas['AuditEntry'];
export type Session = Schemas['Session'];
export type Role = Schemas['Role'];
export type Limits = Schemas['Limits'];
export type Problem = Schemas['Problem'];
export type Discovery = Schemas['Discovery'];
export type FunctionStats = Schemas['FunctionStats'];
export type Explanation = Schemas['FunctionExplanation'];
export type FunctionCounters = Schemas['FunctionCounters'];
export type Subject = Schemas['Subject'];

// Every resource, by the word in its `kind`.
export interface Documents {
  host: Host;
  adapter: Adapter;
  target: Target;
  volume: Volume;
  function: VirtualFunction;
  policy: Policy;
  machine: Machine;
  user: User;
  token: Token;
}
export type Kind = keyof Documents;
export type AnyDocument = Documents[Kind];

export const plurals: Record<Kind, string> = {
  host: 'hosts',
  adapter: 'adapters',
  target: 'targets',
  volume: 'volumes',
  function: 'functions',
  policy: 'policies',
  machine: 'machines',
  user: 'users',
  token: 'tokens',
};
export const kinds = Object.keys(plurals) as Kind[];
export const kindsOfAdministrators: readonly Kind[] = ['user', 'token'];

export interface Page<T> {
  items: T[];
  continue?: string;
}
