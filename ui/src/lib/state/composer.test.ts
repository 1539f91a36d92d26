import { describe, expect, it } from 'vitest';
import { message, someone } from '../timeline/rows.fixture';
import { Composer, TEXT_BYTES_MAX } from './composer.svelte';

const own = message(1, someone('alice', true)).body;
const theirs = message(2, someone('bob')).body;
if (own.kind !== 'message' || theirs.kind !== 'message') throw new Error('the fixture makes messages');

describe('the composer', () => {
  it('sends what was typed, trimmed, as Markdown only where there is any', () => {
    const composer = new Composer();
    composer.text = '  plain words \n';
    expect(composer.takeDraft()).toEqual({ draft: { text: 'plain words', format: 'plain', replyTo: null }, quote: null });
    composer.text = 'with **weight**';
    expect(composer.takeDraft().draft.format).toBe('markdown');
    expect(composer.text).toBe('');
  });

  it('carries the reply along once', () => {
    const composer = new Composer();
    composer.reply(theirs);
    composer.text = 'yes';
    expect(composer.takeDraft()).toMatchObject({ draft: { replyTo: theirs.message }, quote: { sender: { handle: 'bob' }, text: 'text 2' } });
    composer.text = 'and more';
    expect(composer.takeDraft().draft.replyTo).toBeNull();
  });

  it('puts an edit over the draft, and gives the draft back', () => {
    const composer = new Composer();
    composer.text = 'half a tho';
    composer.edit(own);
    expect(composer.text).toBe('text 1');
    expect(composer.cancel()).toBe(true);
    expect(composer.text).toBe('half a tho');
    expect(composer.cancel()).toBe(false);
  });

  it('cancels one thing at a time', () => {
    const composer = new Composer();
    composer.reply(theirs);
    expect(composer.cancel()).toBe(true);
    expect(composer.replyTo).toBeNull();
  });

  it('counts bytes, not letters', () => {
    const composer = new Composer();
    composer.text = 'é'.repeat(TEXT_BYTES_MAX / 2);
    expect(composer.bytesLeft).toBe(0);
    expect(composer.ready).toBe(true);
    composer.text += '🙂';
    expect(composer.bytesLeft).toBe(-4);
    expect(composer.ready).toBe(false);
    composer.text = '   ';
    expect(composer.ready).toBe(false);
  });

  it('puts a refused text back only where nothing new was begun', () => {
    const composer = new Composer();
    const { draft } = ((composer.text = 'lost?'), composer.takeDraft());
    composer.putBack(draft);
    expect(composer.text).toBe('lost?');
    composer.text = 'newer';
    composer.putBack(draft);
    expect(composer.text).toBe('newer');
  });
});
