import { fork } from 'node:child_process';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
enum Answer { Worker = 21, Child = 22 }
if (process.argv[2] === 'child') {
  process.send?.(Answer.Child);
} else if (isMainThread) {
  new Worker(__filename).on('message', (n: Answer) => {
    console.log(Answer[n], n);
    fork(process.argv[1]!, ['child']).on('message', (m) => console.log(m));
  });
} else {
  parentPort!.postMessage(Answer.Worker);
}
