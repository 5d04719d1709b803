import { Broadcaster, type Report } from './broadcaster.ts';
import type { Entry, Log, Numbered } from './log.ts';
import { Mailbox } from './mailbox.ts';

/** Make the errors that end a reader's stream before its log has ended. */
export interface Interruptions {
  /** The reader takes items more slowly than they come. */
  slow(): Error;
  /** The server shuts down. */
  closing(): Error;
}

/** Logs of one kind that can be followed: their stored items, and the delivery of new ones. */
export class Stream<Item extends Numbered> {
  readonly log: Log<Item>;
  readonly broadcaster: Broadcaster<Item>;
  readonly #interruptions: Interruptions;

  constructor(log: Log<Item>, interruptions: Interruptions, report: Report) {
    this.log = log;
    this.broadcaster = new Broadcaster(report);
    this.#interruptions = interruptions;
  }

  /** Opens a mailbox that gets every new entry of a log until it is closed. */
  listen(key: string): Mailbox<Entry<Item>> {
    return this.#open<Entry<Item>>(key, (mailbox, entry) =>
      mailbox.push(entry, entry.item ? this.log.size(entry.item) : 0),
    );
  }

  /** Opens a mailbox that holds the newest item of a log alone, and ends with the log. */
  listenToNewest(key: string): Mailbox<Item> {
    return this.#open<Item>(key, (mailbox, { item, isLast }) => {
      if (item) mailbox.replace(item);
      if (isLast) mailbox.end();
    });
  }

  #open<Held>(key: string, deliver: (mailbox: Mailbox<Held>, entry: Entry<Item>) => void): Mailbox<Held> {
    let stop = () => {};
    const mailbox = new Mailbox<Held>({ onClose: () => stop(), overflow: this.#interruptions.slow });
    stop = this.broadcaster.listen(key, {
      onEntry: (entry) => deliver(mailbox, entry),
      onClose: () => mailbox.fail(this.#interruptions.closing()),
      isIdle: () => mailbox.idle,
    });
    return mailbox;
  }
}
