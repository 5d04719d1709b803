import { z } from 'zod';
import { defineEvent } from '../events/event.ts';
import { type Execution, storedExecution } from './model.ts';

const data = z.object({ execution: storedExecution });
const size = ({ execution: { code, stdout, stderr } }: { execution: Execution }) =>
  code.length + stdout.length + stderr.length;

export const ExecutionStarted = defineEvent({
  name: 'ExecutionStarted',
  data,
  apply: (session) => session,
  size,
});

export const ExecutionFinished = defineEvent({
  name: 'ExecutionFinished',
  data,
  apply: (session) => session,
  size,
});
