/** The user whose agent the clients in this process connect to. */

/** SUDO_UID if set, else the own uid. */
export function servedUid(): number {
  const uid = process.env.SUDO_UID;
  return uid !== undefined && /^\d{1,10}$/.test(uid) ? Number(uid) : ownUid();
}

export function ownUid(): number {
  return process.getuid?.() ?? -1;
}
