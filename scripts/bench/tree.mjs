export async function tree() {}
