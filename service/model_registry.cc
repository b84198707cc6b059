#include "service/model_registry.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/call.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

std::unique_ptr<encoder::EmbeddingCache> MakeCache(size_t bytes) {
  if (bytes == 0) return nullptr;
  return std::make_unique<encoder::EmbeddingCache>(bytes);
}

}  // namespace

ModelStatus Model::status() const {
  if (cached == nullptr) return {info()};
  const encoder::CachingScheduler::Counts counts = cached->counts();
  return {info(), counts.hits, counts.misses};
}

ModelRegistry::ModelRegistry(Options options, ThreadPool& load_pool, ThreadPool& list_pool, const Log& log)
    : options_(std::move(options)),
      load_pool_(load_pool),
      list_pool_(list_pool),
      log_(log),
      cache_(MakeCache(options_.embedding_cache_bytes)) {}

ModelRegistry::~ModelRegistry() {
  MutexLock lock(mutex_);
  const auto is_used = [](const auto& entry) { return entry.second.users > 0; };
  while (std::any_of(loaded_.begin(), loaded_.end(), is_used)) unused_.wait(mutex_);
}

void ModelRegistry::Find(std::string name, Callback<ModelPtr> done) {
  if (name.empty()) name = options_.default_model;
  if (absl::Status checked = CheckModelName("model", name); !checked.ok()) return done(std::move(checked));
  ModelPtr model;
  bool first = false;
  {
    MutexLock lock(mutex_);
    if (const auto found = loaded_.find(name); found != loaded_.end()) {
      model = Use(found->second);
    } else {
      std::vector<Callback<ModelPtr>>& waiting = waiting_[name];
      first = waiting.empty();
      waiting.push_back(done);
    }
  }
  if (model != nullptr) return done(std::move(model));
  if (first && !load_pool_.TrySchedule([this, name] { LoadFor(name); })) Answer(name, QueueFull("requests"));
}

// --- uses ---

ModelPtr ModelRegistry::Use(Resident& resident) {
  ++resident.users;
  resident.used_at = ++clock_;
  return {resident.model.get(), [this, &resident](const Model*) { EndUse(resident); }};
}

// Notifies under the lock: the registry may be gone as soon as it is let go.
void ModelRegistry::EndUse(Resident& resident) {
  MutexLock lock(mutex_);
  resident.used_at = ++clock_;
  if (--resident.users == 0) unused_.notify_all();
}

// --- loading ---

void ModelRegistry::LoadFor(const std::string& name) { Answer(name, Load(name)); }

void ModelRegistry::Answer(const std::string& name, absl::StatusOr<Resident> loaded) {
  std::vector<Callback<ModelPtr>> waiting;
  absl::StatusOr<ModelPtr> model = nullptr;
  {
    MutexLock lock(mutex_);
    waiting = std::move(waiting_.extract(name).mapped());
    if (loaded.ok()) {
      model = Use(loaded_.emplace(name, *std::move(loaded)).first->second);
    } else {
      model = std::move(loaded).status();
    }
  }
  for (const Callback<ModelPtr>& done : waiting) done(model);
}

absl::StatusOr<ModelRegistry::Resident> ModelRegistry::Load(const std::string& name) {
  RETURN_IF_ERROR(CheckPresent(name));
  ASSIGN_OR_RETURN(const uint64_t bytes, ModelMemory(options_.directory / name));
  RETURN_IF_ERROR(Reserve(name, bytes));
  absl::StatusOr<std::unique_ptr<const Model>> model = LoadDirectory(name);
  if (model.ok()) return Resident{.model = *std::move(model), .bytes = bytes};
  Release(bytes);
  return std::move(model).status();
}

absl::StatusOr<std::unique_ptr<const Model>> ModelRegistry::LoadDirectory(const std::string& name) const {
  const absl::Time start = absl::Now();
  auto model = std::make_unique<Model>();
  model->name = name;
  ASSIGN_OR_RETURN(model->encoder,
                   encoder::TextEncoder::Load(options_.directory / name, {options_.precision}));
  StartScheduler(*model);
  log_.Info("model_loaded", {{"model", name},
                             {"fingerprint", model->info().fingerprint},
                             {"dimensions", int64_t{model->info().dimensions}},
                             {"milliseconds", absl::ToInt64Milliseconds(absl::Now() - start)}});
  return model;
}

void ModelRegistry::StartScheduler(Model& model) const {
  auto scheduler = encoder::BatchScheduler::Create(*model.encoder, options_.scheduler);
  if (cache_ == nullptr) {
    model.scheduler = std::move(scheduler);
    return;
  }
  auto cached = encoder::CachingScheduler::Create(std::move(scheduler), model.info(), *cache_,
                                                  options_.scheduler.max_queued_bytes);
  model.cached = cached.get();
  model.scheduler = std::move(cached);
}

absl::Status ModelRegistry::CheckPresent(const std::string& name) const {
  std::error_code error;
  if (std::filesystem::is_directory(options_.directory / name, error)) return absl::OkStatus();
  return NotFoundResource("model", name,
                          "no model \"" + name + "\" in " + options_.directory.string() +
                              ": run `./dev setup`, `voisin model pull` or `voisin model convert`");
}

// --- memory ---

absl::Status ModelRegistry::Reserve(const std::string& name, uint64_t bytes) {
  const absl::Time end = absl::Now() + options_.patience;
  std::vector<Residents::node_type> evicted;
  {
    MutexLock lock(mutex_);
    auto taken = TakeIdle(name, bytes);
    while (absl::IsResourceExhausted(taken.status()) && absl::Now() < end) {
      unused_.wait_for(mutex_, absl::ToChronoMilliseconds(end - absl::Now()) + std::chrono::milliseconds(1));
      taken = TakeIdle(name, bytes);
    }
    ASSIGN_OR_RETURN(evicted, std::move(taken));
    taken_ += bytes;
  }
  for (const Residents::node_type& node : evicted) {
    log_.Info("model_evicted", {{"model", node.key()}, {"for", name}});
  }
  return absl::OkStatus();
}

void ModelRegistry::Release(uint64_t bytes) {
  MutexLock lock(mutex_);
  taken_ -= bytes;
  unused_.notify_all();
}

// Takes none out unless there is room afterwards.
absl::StatusOr<std::vector<ModelRegistry::Residents::node_type>> ModelRegistry::TakeIdle(
    const std::string& name, uint64_t bytes) {
  const std::string needs = "model \"" + name + "\" needs about " + std::to_string(bytes) +
                            " bytes of memory, models_memory is " + std::to_string(options_.memory);
  if (bytes > options_.memory) return BrokenPrecondition("MODELS_MEMORY", "models/" + name, needs);
  std::vector<Residents::iterator> idle;
  uint64_t idle_bytes = 0;
  for (auto at = loaded_.begin(); at != loaded_.end(); ++at) {
    if (at->second.users > 0) continue;
    idle.push_back(at);
    idle_bytes += at->second.bytes;
  }
  if (taken_ - idle_bytes + bytes > options_.memory) {
    return RetryAfter(absl::ResourceExhaustedError(needs + ", of which models in use take " +
                                                   std::to_string(taken_ - idle_bytes)),
                      absl::Seconds(1));
  }
  std::ranges::sort(idle, {}, [](Residents::iterator at) { return at->second.used_at; });
  std::vector<Residents::node_type> taken;
  for (size_t i = 0; taken_ + bytes > options_.memory; ++i) {
    taken_ -= idle[i]->second.bytes;
    taken.push_back(loaded_.extract(idle[i]));
  }
  return taken;
}

// --- descriptions ---

void ModelRegistry::Describe(std::string name, Callback<ModelStatus> done) {
  if (name.empty()) name = options_.default_model;
  if (absl::Status checked = CheckModelName("model", name); !checked.ok()) return done(std::move(checked));
  Run<ModelStatus>(list_pool_, std::move(done), [this, name]() -> absl::StatusOr<ModelStatus> {
    RETURN_IF_ERROR(CheckPresent(name));
    return DescribeDirectory(name);
  });
}

void ModelRegistry::List(Callback<std::vector<ModelStatus>> done) {
  Run<std::vector<ModelStatus>>(list_pool_, std::move(done), [this] { return DescribeAll(); });
}

// What is loaded is described as it was loaded, whatever the directory holds by now.
absl::StatusOr<ModelStatus> ModelRegistry::DescribeDirectory(const std::string& name) {
  const std::filesystem::path directory = options_.directory / name;
  const DirectoryStamp stamp = StampOf(directory);
  {
    MutexLock lock(mutex_);
    if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second.model->status();
    const auto known = described_.find(name);
    if (known != described_.end() && known->second.stamp == stamp) return ModelStatus{known->second.info};
  }
  ASSIGN_OR_RETURN(encoder::ModelInfo info, encoder::TextEncoder::Describe(directory, {options_.precision}));
  MutexLock lock(mutex_);
  described_[name] = {stamp, info};
  return ModelStatus{std::move(info)};
}

std::vector<ModelStatus> ModelRegistry::DescribeAll() {
  std::vector<ModelStatus> infos;
  for (const std::string& name : ModelNames(options_.directory)) {
    absl::StatusOr<ModelStatus> info = DescribeDirectory(name);
    if (info.ok()) {
      infos.push_back(*std::move(info));
    } else {
      log_.Warning("model_refused", {{"model", name}, {"reason", MessageOf(info.status())}});
    }
  }
  return infos;
}

void ModelRegistry::LogCache() {
  if (cache_ == nullptr) return;
  MutexLock lock(mutex_);
  for (const auto& [name, resident] : loaded_) {
    const ModelStatus status = resident.model->status();
    log_.Info("embedding_cache", {{"model", name},
                                  {"hits", status.cache_hits},
                                  {"misses", status.cache_misses},
                                  {"texts", uint64_t{cache_->size()}},
                                  {"bytes", uint64_t{cache_->bytes()}}});
  }
}

}  // namespace voisin::service
