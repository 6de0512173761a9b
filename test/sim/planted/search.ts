/** `npm run sim -- --planted [NAME]`: in how many seeds does the world catch each planted fault? */
import { FAULTS, type PlantedFault } from './faults.js';
import { Plantation } from './plant.js';

const SEEDS_MAX = 1000;

/** Prints a line for each fault whose name has these words; returns whether all of them were caught. */
export async function searchPlanted(words: string): Promise<boolean> {
  const faults = FAULTS.filter(({ name }) => name.includes(words));
  if (faults.length === 0) console.error(`no planted fault has "${words}" in its name`);
  const plantation = await Plantation.of(faults);
  let caught = 0;
  for (const fault of faults) if (await search(plantation, fault)) caught += 1;
  console.log(`${caught} of ${faults.length} planted faults were caught`);
  return faults.length > 0 && caught === faults.length;
}

async function search(plantation: Plantation, fault: PlantedFault): Promise<boolean> {
  const begunAt = performance.now();
  const tell = (what: string): void => {
    const seconds = ((performance.now() - begunAt) / 1000).toFixed(1).padStart(6);
    console.log(`${what.padEnd(12)} ${seconds} s  ${fault.checker.padEnd(11)}  ${fault.name}`);
  };
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    if ((await plantation.complaint(fault, seed)) === undefined) continue;
    tell(`seed ${seed}`);
    return true;
  }
  tell('NOT CAUGHT');
  return false;
}
