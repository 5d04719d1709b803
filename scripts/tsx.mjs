// Lets a worker thread read TypeScript: `--import tsx` does so in a process's first thread alone.
import { register } from 'tsx/esm/api';

register();
