import { expect, it } from 'vitest';
import { directionOf } from './direction';

it.each([
  ['12:30 hello שלום', 'ltr'],
  ['12:30 שלום hello', 'rtl'],
  ['  (مرحبا)', 'rtl'],
  ['1\n'.repeat(100_000), 'ltr'],
  ['', 'ltr'],
])('%#', (text, direction) => expect(directionOf(text)).toBe(direction));
