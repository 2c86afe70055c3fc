// Words that users and tokens have in common.
export const roles = [
  { value: 'viewer', label: 'Viewer: sees everything, changes nothing' },
  { value: 'operator', label: 'Operator: changes storage and functions' },
  { value: 'administrator', label: 'Administrator: also users, tokens and the audit log' },
];
export const passwordHelp = 'At least 12 characters.';
