"""Where changes of parameters are heard of."""

from tasks.adapters.parameters.files import FileWatch
from tasks.adapters.parameters.message import check_message
from tasks.adapters.parameters.redis_channel import CHANNEL, RedisChannel

__all__ = ["CHANNEL", "FileWatch", "RedisChannel", "check_message"]
