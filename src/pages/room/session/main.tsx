import '../shared/base.css';
import './session.css';
import '../runs/runs.css';
import { lazy, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { texts } from '../shared/texts.ts';
import { Gate } from './gate.tsx';
import { Notice } from './notice.tsx';

const Playback = lazy(() => import('../playback/playback.tsx'));

const [, , id = '', view] = location.pathname.split('/');
document.title = `${id} – ${texts.product}`;

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <Suspense fallback={<Notice title={texts.gate.loading} />}>
      {view === 'playback' ? <Playback id={id} /> : <Gate id={id} />}
    </Suspense>,
  );
}
