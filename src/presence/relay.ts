import type { AppContext } from '../context.ts';

/** Lets instances tell each other who is online. */
export function relayPresence({ bus, presence }: AppContext): void {
  bus.listen({
    onMessage: (message) => {
      if (
        message.kind === 'presence' ||
        message.kind === 'presenceChange' ||
        message.kind === 'presenceAsked'
      ) {
        presence.hear(message);
      }
    },
    onGap: () => presence.ask(),
  });
}
