import { ExecutionStatus, Language, OutputStream, SessionStatus } from '../database/generated/enums.ts';
import { builder } from './builder.ts';

export const LanguageEnum = builder.enumType('Language', {
  description: 'A language that programs are written and run in.',
  values: {
    JAVASCRIPT: { value: Language.JAVASCRIPT, description: 'JavaScript modules.' },
    TYPESCRIPT: { value: Language.TYPESCRIPT, description: 'TypeScript; its types are not checked.' },
    PYTHON: { value: Language.PYTHON, description: 'Python 3 with its standard library.' },
  },
});

export const SessionStatusEnum = builder.enumType('SessionStatus', {
  description: 'Whether an interview goes on.',
  values: {
    ACTIVE: { value: SessionStatus.ACTIVE, description: 'It goes on.' },
    COMPLETED: { value: SessionStatus.COMPLETED, description: 'It is over.' },
  },
});

export const ExecutionStatusEnum = builder.enumType('ExecutionStatus', {
  description: 'Where an execution is, or how it ended.',
  values: {
    QUEUED: { value: ExecutionStatus.QUEUED, description: 'It waits for its turn.' },
    RUNNING: { value: ExecutionStatus.RUNNING, description: 'The program runs.' },
    SUCCEEDED: {
      value: ExecutionStatus.SUCCEEDED,
      description: 'The program ended by itself with exit code 0.',
    },
    FAILED: {
      value: ExecutionStatus.FAILED,
      description: 'The program ended with another exit code or an uncaught error.',
    },
    COMPILE_ERROR: { value: ExecutionStatus.COMPILE_ERROR, description: 'The program could not be read.' },
    TIMED_OUT: {
      value: ExecutionStatus.TIMED_OUT,
      description: 'The program ran longer than its time limit, or took more processor time than allowed.',
    },
    MEMORY_LIMIT: {
      value: ExecutionStatus.MEMORY_LIMIT,
      description: 'The program wanted more memory than allowed.',
    },
    OUTPUT_LIMIT: {
      value: ExecutionStatus.OUTPUT_LIMIT,
      description: 'The program printed more than allowed.',
    },
    PROCESS_LIMIT: {
      value: ExecutionStatus.PROCESS_LIMIT,
      description: 'The program started more processes or threads than allowed.',
    },
    CANCELLED: { value: ExecutionStatus.CANCELLED, description: 'Somebody ended it.' },
    SANDBOX_ERROR: {
      value: ExecutionStatus.SANDBOX_ERROR,
      description: 'The sandbox failed; the program is not to blame.',
    },
  },
});

export const OutputStreamEnum = builder.enumType('OutputStream', {
  description: 'Where a program prints to.',
  values: {
    STDOUT: { value: OutputStream.STDOUT, description: 'Standard output.' },
    STDERR: { value: OutputStream.STDERR, description: 'Standard error.' },
  },
});
