import { playSeeds } from './seeds.js';

playSeeds(101, 200);
