/** Stands for the package `cookie`, of which Fastify's inject wants cookies that we never give it. */
module.exports = {
  serialize() {
    throw new Error('A request in the process has no cookies.');
  },
};
