using a = { [Symbol.dispose]() { console.log('closed'); } };
console.log('top');
export const x = 1;
