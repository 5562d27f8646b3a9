"""Speed, measured: every figure beside a reference that runs in the same process, so that the ratio means something."""

from tasks.session.bench.admitting import bench_admits
from tasks.session.bench.alerting import bench_alert_delivery
from tasks.session.bench.cold_cycle import bench_cold_order
from tasks.session.bench.dask import DASK_BENCHES
from tasks.session.bench.ensemble import bench_paths
from tasks.session.bench.evaluating import bench_evaluator
from tasks.session.bench.evolving import bench_evolution, bench_evolution_memory, bench_evolution_own
from tasks.session.bench.explaining import bench_explain
from tasks.session.bench.features import bench_features
from tasks.session.bench.figure import Figure, Workplace, run_benches
from tasks.session.bench.harmoniser import (
    bench_blend,
    bench_blend_tail,
    bench_harmoniser,
    bench_route,
    bench_route_tail,
    bench_size,
    bench_size_tail,
)
from tasks.session.bench.importing import bench_import
from tasks.session.bench.joining import bench_asof
from tasks.session.bench.journaling import bench_journal
from tasks.session.bench.learning import bench_inference, bench_lstm, bench_xgboost
from tasks.session.bench.loading import bench_arrays, bench_tail, bench_tail_cached
from tasks.session.bench.memory import bench_import_memory
from tasks.session.bench.news import bench_news_pipeline
from tasks.session.bench.news_arrival import bench_news_arrival
from tasks.session.bench.ordering import bench_order
from tasks.session.bench.parameters import bench_parameter_read, bench_reload_file, bench_reload_redis
from tasks.session.bench.peaks import bench_memory, bench_memory_step
from tasks.session.bench.present import bench_present
from tasks.session.bench.pretrade import bench_check, bench_check_tail, bench_intents
from tasks.session.bench.readiness import bench_trade_ready
from tasks.session.bench.reconciling import bench_reconcile
from tasks.session.bench.resampling import bench_resample
from tasks.session.bench.signalling import bench_signal
from tasks.session.bench.stepping import bench_step, bench_step_10
from tasks.session.bench.streaming import bench_stream
from tasks.session.bench.stress import bench_stress
from tasks.session.bench.tails import bench_tails
from tasks.session.bench.tracking import bench_tracking

BENCHES = {
    "import": bench_import,
    "import_memory": bench_import_memory,
    "present": bench_present,
    "tail": bench_tail,
    "tail_cached": bench_tail_cached,
    "arrays": bench_arrays,
    "features": bench_features,
    "resample": bench_resample,
    "asof": bench_asof,
    "stream": bench_stream,
    "alert_delivery": bench_alert_delivery,
    "news_arrival": bench_news_arrival,
    "journal": bench_journal,
    "parameters.read": bench_parameter_read,
    "parameters.reload_file": bench_reload_file,
    "parameters.reload_redis": bench_reload_redis,
    "step": bench_step,
    "step_10": bench_step_10,
    "evaluator": bench_evaluator,
    "evolution": bench_evolution,
    "evolution.own": bench_evolution_own,
    "evolution.memory": bench_evolution_memory,
    "evolution.tracking": bench_tracking,
    "blend": bench_blend,
    "blend_p99": bench_blend_tail,
    "size": bench_size,
    "size_p99": bench_size_tail,
    "route": bench_route,
    "route_p99": bench_route_tail,
    "harmoniser": bench_harmoniser,
    "pretrade.check_50": bench_check,
    "pretrade.check_50_p99": bench_check_tail,
    "pretrade.intents": bench_intents,
    "memory": bench_memory,
    "memory_step": bench_memory_step,
    "tails": bench_tails,
    "stress": bench_stress,
    "stress.paths": bench_paths,
    "models.inference": bench_inference,
    "training.xgboost": bench_xgboost,
    "training.lstm": bench_lstm,
    "news_pipeline": bench_news_pipeline,
    "signal": bench_signal,
    "trade_ready": bench_trade_ready,
    "order": bench_order,
    "cold_order": bench_cold_order,
    "orders_journal": bench_admits,
    "explain": bench_explain,
    "reconcile": bench_reconcile,
    **DASK_BENCHES,
}

__all__ = ["BENCHES", "Figure", "Workplace", "run_benches"]
