import { AppError } from '../errors.ts';
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

/**
 * The generator, whose mailbox is closed however it ends, and with a `return` that also wakes it: a
 * generator's own waits for its pending `next`.
 */
export function closing<Item>(
  mailbox: Mailbox<unknown>,
  items: AsyncGenerator<Item, undefined>,
): Stream<Item> {
  return {
    next: async () => {
      try {
        const result = await items.next();
        if (result.done) await mailbox.return();
        return result;
      } catch (error) {
        await mailbox.return();
        throw error;
      }
    },
    return: async () => {
      await mailbox.return();
      return items.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
