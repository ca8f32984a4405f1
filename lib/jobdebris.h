/* SPDX-License-Identifier: MIT */
/*
 * jobdebris: what processes that were killed while they wrote leave in a job.
 */
#ifndef JOBDIR_JOBDEBRIS_H
#define JOBDIR_JOBDEBRIS_H

/*
 * Of a job that has an end.json: remove the reserve, the second name of end.json
 * and half records, here and in the attempts. A temporary file that is newer than the
 * end belongs to somebody who reads the job now, and stays.
 */
void job_debris(int jobfd);

#endif
