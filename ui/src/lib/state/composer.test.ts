import { describe, expect, it } from 'vitest';
import { message, someone } from '../timeline/rows.fixture';
import { limits } from '../limits';
import { Composer } from './composer.svelte';

const own = message(1, someone('alice', true)).body;
const theirs = message(2, someone('bob')).body;
if (own.kind !== 'message' || theirs.kind !== 'message') throw new Error('the fixture makes messages');

describe('the composer', () => {
  it('sends what was typed, indents and all, as Markdown only where there is any', () => {
    const composer = new Composer();
    composer.text = ' \n\n  plain words \n';
    expect(composer.takeDraft()).toEqual({
      draft: { text: '  plain words', format: 'plain', replyTo: null },
      quote: null,
    });
    composer.text = '    if x:\n        return y';
    expect(composer.takeDraft().draft).toMatchObject({ text: '    if x:\n        return y', format: 'plain' });
    composer.text = 'with **weight**';
    expect(composer.takeDraft().draft.format).toBe('markdown');
    expect(composer.text).toBe('');
  });

  it('carries the reply along once', () => {
    const composer = new Composer();
    composer.reply(theirs);
    composer.text = 'yes';
    expect(composer.takeDraft()).toMatchObject({
      draft: { replyTo: theirs.message },
      quote: { sender: { handle: 'bob' }, text: 'text 2' },
    });
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
    composer.text = 'é'.repeat(limits.textBytes / 2);
    expect(composer.bytesLeft).toBe(0);
    expect(composer.ready).toBe(true);
    composer.text += '🙂';
    expect(composer.bytesLeft).toBe(-4);
    expect(composer.ready).toBe(false);
    composer.text = '   ';
    expect(composer.ready).toBe(false);
  });

  it('gives the reply back after an edit that came in between', () => {
    const composer = new Composer();
    composer.reply(theirs);
    composer.text = 'half an ans';
    composer.edit(own);
    expect(composer.replyTo).toBeNull();
    composer.cancelEdit();
    expect(composer.takeDraft().draft).toMatchObject({ text: 'half an ans', replyTo: theirs.message });
  });

  it('puts a refused text back with its quote, before what was begun meanwhile', () => {
    const composer = new Composer();
    composer.reply(theirs);
    composer.text = 'lost?';
    const { draft, quote } = composer.takeDraft();
    composer.putBack(draft, quote);
    expect(composer.takeDraft()).toEqual({ draft, quote });
    composer.text = 'newer';
    composer.putBack(draft, quote);
    expect(composer.text).toBe('lost?\n\nnewer');
    expect(composer.replyTo).toEqual(quote);
  });

  it('keeps a refused text for after the edit that was begun meanwhile', () => {
    const composer = new Composer();
    composer.text = 'lost?';
    const { draft, quote } = composer.takeDraft();
    composer.edit(own);
    composer.putBack(draft, quote);
    expect(composer.text).toBe('text 1');
    composer.cancelEdit();
    expect(composer.text).toBe('lost?');
  });

  it('keeps an edit in which something was changed, whatever is begun', () => {
    const composer = new Composer();
    composer.edit(own);
    composer.text = 'text 1, changed';
    expect(composer.reply(theirs)).toBe(false);
    expect(composer.edit({ ...own, message: 'another' })).toBe(false);
    expect(composer.text).toBe('text 1, changed');
    expect(composer.editing).toMatchObject({ message: own.message });
    composer.cancel();
    composer.edit(own);
    expect(composer.reply(theirs)).toBe(true);
    expect(composer.editing).toBeNull();
  });

  it('has something to keep of text, answer and changed edit, within the bound of a message', () => {
    const composer = new Composer();
    const nothing = { text: '', replyTo: null, edit: null };
    expect(composer.toKeep()).toEqual(nothing);
    composer.text = ' \n';
    expect(composer.toKeep()).toEqual(nothing);
    composer.reply(theirs);
    expect(composer.toKeep()).toEqual({ text: '', replyTo: theirs.message, edit: null });
    composer.text = 'half an ans';
    composer.edit(own);
    expect(composer.toKeep().edit).toBeNull();
    composer.text = 'text 1, changed';
    expect(composer.toKeep()).toEqual({
      text: 'half an ans',
      replyTo: theirs.message,
      edit: { message: own.message, text: 'text 1, changed' },
    });
    composer.cancelEdit();
    composer.text = `${'x'.repeat(limits.textBytes - 5)}👩‍🚀👩‍🚀`;
    expect(composer.toKeep().text).toBe('x'.repeat(limits.textBytes - 5));
  });

  it('goes on where it was, before what was typed since', () => {
    const composer = new Composer();
    composer.text = 'newer';
    composer.restore({
      text: 'kept',
      replyTo: { message: theirs.message, sender: theirs.sender, text: 'text 2' },
      edit: { message: own.message, text: 'better', before: 'text 1' },
    });
    expect(composer.text).toBe('better');
    expect(composer.editChanged).toBe(true);
    composer.cancelEdit();
    expect(composer.text).toBe('kept\n\nnewer');
    expect(composer.replyTo?.message).toBe(theirs.message);
  });

  it('tells of every change that is to be kept', () => {
    let told = 0;
    const composer = new Composer(() => told++);
    const tells = (change: () => void) => {
      const before = told;
      change();
      return told > before;
    };
    expect(tells(() => (composer.text = 'a'))).toBe(true);
    expect(tells(() => composer.reply(theirs))).toBe(true);
    expect(tells(() => composer.cancel())).toBe(true);
    expect(tells(() => composer.edit(own))).toBe(true);
    expect(tells(() => composer.cancelEdit())).toBe(true);
    expect(tells(() => composer.takeDraft())).toBe(true);
  });

  it('knows whether an edit changes anything, after a save that failed, too', () => {
    const composer = new Composer();
    composer.edit(own);
    expect(composer.editChanged).toBe(false);
    composer.text = 'text 1  \n';
    expect(composer.editChanged).toBe(false);
    composer.editAs(own.message, 'better', 'text 1');
    expect(composer.editChanged).toBe(true);
  });
});
