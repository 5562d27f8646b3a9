"""What Keel decides and does as streams of Redis, for whoever wants to listen; trading knows nothing of it."""

from tasks.adapters.events.publisher import Publisher
from tasks.adapters.events.redis_streams import RedisStreams

__all__ = ["Publisher", "RedisStreams"]
