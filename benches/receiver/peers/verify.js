// The guide's Stage 4 "Basic Handler" token check, shared by the peers.

const expected = process.env.WEBHOOK_SECRET; // Bearer your_secret_token

export function verifyToken(req, res, next) {
  if (req.headers.authorization !== expected) {
    return res.status(401).json({ error: 'Unauthorized' });
  }
  next();
}
