// Sends the messages of a job through nodemailer's pool; prints [seconds, seconds of CPU].
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const job = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const pool = nodemailer.createTransport({
  host: "127.0.0.1",
  port: job.port,
  pool: true,
  maxConnections: job.connections,
  maxMessages: Infinity,
  ignoreTLS: true,
});
const fill = (words, values) => {
  for (const [mark, value] of Object.entries(values)) words = words.replaceAll(mark, value);
  return words;
};
const start = process.hrtime.bigint();
const before = process.cpuUsage();
let next = 0;
const work = async () => {
  while (next < job.to.length) {
    const index = next++;
    const values = job.values[index];
    await pool.sendMail({
      from: job.from,
      to: job.to[index],
      subject: "No 58",
      html: fill(job.html, values),
      text: fill(job.text, values),
    });
  }
};
await Promise.all(Array.from({ length: 2 * job.connections }, work));
const used = process.cpuUsage(before);
console.log(JSON.stringify([Number(process.hrtime.bigint() - start) / 1e9, (used.user + used.system) / 1e6]));
pool.close();
