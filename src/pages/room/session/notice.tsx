import type { ReactNode } from 'react';
import { Brand } from '../shared/brand.tsx';

interface NoticeProps {
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

/** A page with one message and what to do about it. */
export function Notice({ title, text, children }: NoticeProps) {
  return (
    <>
      <header className="start-header">
        <Brand />
      </header>
      <main className="notice">
        <div className="card">
          <h1>{title}</h1>
          {text && <p>{text}</p>}
          {children}
        </div>
      </main>
    </>
  );
}
