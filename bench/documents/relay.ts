import { serveRooms } from './room-server.ts';

/** The least that connects editors: what one of a room sends goes to the others as it is. */
serveRooms((data, members, from) => {
  for (const member of members) if (member !== from) member.send(data);
});
