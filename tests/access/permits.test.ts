import { expectTypeOf, test } from 'vitest';
import { NOBODY } from '../../src/access/caller.ts';
import { decide, decideOnExecution, decideOutside, type Permit } from '../../src/access/decide.ts';
import type { AppContext, CommandContext } from '../../src/app.ts';
import type { changeCode, readDocument } from '../../src/documents/change.ts';
import type { DocumentRooms } from '../../src/documents/rooms.ts';
import type { followDocument } from '../../src/documents/updates.ts';
import { changeSession, storeSession } from '../../src/events/append.ts';
import type { readRange, readState } from '../../src/events/log.ts';
import type { listEvents } from '../../src/events/page.ts';
import type { SessionState } from '../../src/events/state.ts';
import type { followEvents, followSession } from '../../src/events/stream.ts';
import type { newExecution } from '../../src/executions/model.ts';
import type { ExecutionRunner } from '../../src/executions/runner.ts';
import type { followOutput } from '../../src/executions/stream.ts';
import type { followPresence } from '../../src/presence/service.ts';

// The compiler is the test: `npm run types` fails where a line below an expectation of an error has none.

declare const app: AppContext;
declare const context: CommandContext;
declare const session: SessionState;

test('a command that forgets to ask does not compile', () => {
  // Is never called: it only has to compile.
  const forget = () => {
    // @ts-expect-error a change without a permit
    changeSession(context, 'id', () => ({ event: null, result: undefined }));
    // @ts-expect-error a permit to read is none to change
    changeSession(context, 'id', () => ({ permit: decide(NOBODY, 'READ', session), event: null, result: 1 }));
    const outside = decideOutside(NOBODY, 'EXECUTE');
    // @ts-expect-error a permit for what is outside of sessions is none for a session
    changeSession(context, 'id', () => ({ permit: outside, event: null, result: 1 }));
    // @ts-expect-error an object of the same shape
    const forged: Permit<'READ'> = {
      action: 'READ',
      sessionId: 'id',
      userId: null,
      role: 'HOST',
      actor: null,
    };
    // @ts-expect-error a session without a caller
    app.sessions.read('id');
    // @ts-expect-error what the cache holds, undecided
    app.sessions.current('id');
    // @ts-expect-error a permit to edit is none to create
    storeSession(app, decide(NOBODY, 'EDIT', session), session, { type: 'SessionCreated', data: {} });
    return forged;
  };
  expectTypeOf(forget).toBeFunction();
});

test('a command that asks compiles', () => {
  const ask = () => {
    const permit = decide(NOBODY, 'EDIT', session);
    return [
      changeSession(context, 'id', () => ({ permit, event: null, result: undefined })),
      storeSession(app, decideOutside(NOBODY, 'CREATE_SESSION'), session, {
        type: 'SessionCreated',
        data: {},
      }),
    ];
  };
  expectTypeOf(ask).toBeFunction();
});

test('what reads, follows and runs takes a permit that only a decision makes', () => {
  type Read = Permit<'READ'>;
  expectTypeOf<typeof readRange>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<typeof readState>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<typeof listEvents>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<typeof followEvents>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<typeof followSession>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<typeof followPresence>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<typeof followDocument>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<typeof readDocument>().parameter(1).toEqualTypeOf<Read>();
  expectTypeOf<DocumentRooms['join']>().parameter(0).toEqualTypeOf<Read>();
  const onExecution = () => decideOnExecution(NOBODY, 'READ', { id: 'e', owner: null }, null);
  expectTypeOf<typeof followOutput>().parameter(1).toEqualTypeOf<ReturnType<typeof onExecution>>();
  expectTypeOf<typeof newExecution>().parameter(0).toEqualTypeOf<Permit<'RUN'> | Permit<'EXECUTE'>>();
  expectTypeOf<ExecutionRunner['reserve']>().parameter(0).toEqualTypeOf<Permit<'RUN'> | Permit<'EXECUTE'>>();
  type Decided = Awaited<ReturnType<Parameters<typeof changeCode>[2]>>;
  expectTypeOf<Decided['permit']>().toEqualTypeOf<Permit<'EDIT'> | Permit<'CONTROL'>>();
});
