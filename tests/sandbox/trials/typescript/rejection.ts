async function f(): Promise<void> { throw new Error('rejected'); }
f();
