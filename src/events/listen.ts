import { AppError, SlowConsumerError } from '../errors.ts';
import type { Live } from './live.ts';
import { Mailbox } from './mailbox.ts';

/** What a subscription is made of. */
export type Stream<Item> = AsyncIterableIterator<Item, undefined>;

/** A mailbox that live delivery fills until it is closed. */
export function listenTo<Message, Item>(
  live: Live<Message>,
  key: string,
  deliver: (mailbox: Mailbox<Item>, message: Message) => void,
): Mailbox<Item> {
  let stop = () => {};
  const mailbox = new Mailbox<Item>(() => stop());
  stop = live.listen(key, {
    onMessage: (message) => deliver(mailbox, message),
    onClose: () => mailbox.fail(new AppError('SHUTTING_DOWN', 'The server is shutting down: connect again')),
    isIdle: () => mailbox.idle,
  });
  return mailbox;
}

/** What is held for a subscriber that reads too slowly; an item more ends its stream. */
const MAX_HELD = 1_000;
const MAX_HELD_CHARACTERS = 4_000_000;

/** Holds an item of so many characters that must not be skipped, or ends the stream: its client resumes. */
export function hold<Item>(mailbox: Mailbox<Item>, item: Item, characters: number): void {
  const { size, weight } = mailbox;
  const isFull = size >= MAX_HELD || (size > 0 && weight + characters > MAX_HELD_CHARACTERS);
  if (isFull) mailbox.fail(new SlowConsumerError());
  else mailbox.push(item, characters);
}

/**
 * The generator, whose mailbox is closed however it ends, and with a `return` that also wakes it: a
 * generator's own waits for its pending `next`.
 */
export function closing<Item>(
  mailbox: Pick<Mailbox<unknown>, 'close'>,
  items: AsyncGenerator<Item, undefined>,
): Stream<Item> {
  return {
    next: async () => {
      try {
        const result = await items.next();
        if (result.done) mailbox.close();
        return result;
      } catch (error) {
        mailbox.close();
        throw error;
      }
    },
    return: async () => {
      mailbox.close();
      return items.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
