// Whether a machine runs on the processor itself, shown plainly.
import { StateLabel } from '../../parts/StateLabel';

export function Emulated({ accelerator }: { accelerator: string }) {
  if (accelerator === 'kvm') return <>KVM</>;
  return <StateLabel state="warning" text={accelerator === 'tcg' ? 'emulated' : accelerator} />;
}
