/** Which of the planted faults acts. */
export const planted = { fault: '' };
