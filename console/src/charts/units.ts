// What charts measure.
import { durationText, shortCount, sizeText } from '../format/numbers';
import type { Unit } from './Chart';

export const requests: Unit = { format: shortCount, least: 10, base: 10 };
export const bytes: Unit = { format: (value) => `${sizeText(value)}/s`, least: 4096, base: 1024 };
export const durations: Unit = { format: durationText, least: 1000, base: 10 };
