#include "service/model_registry.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/call.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

namespace fs = std::filesystem;

// Names of the sub-directories that could be models, ascending.
std::vector<std::string> SubDirectories(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (CheckModelName("model", name).ok() && at->is_directory(error)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

ModelRegistry::ModelRegistry(Options options, ThreadPool& pool, const Log& log)
    : options_(std::move(options)), pool_(pool), log_(log) {}

ModelRegistry::~ModelRegistry() = default;

void ModelRegistry::Find(std::string name, Callback<ModelPtr> done) {
  if (name.empty()) name = options_.default_model;
  if (absl::Status checked = CheckModelName("model", name); !checked.ok()) return done(std::move(checked));
  if (ModelPtr model = Loaded(name)) return done(model);
  Run<ModelPtr>(pool_, std::move(done), [this, name = std::move(name)] { return Load(name); });
}

void ModelRegistry::List(Callback<std::vector<encoder::ModelInfo>> done) {
  Run<std::vector<encoder::ModelInfo>>(pool_, std::move(done), [this] { return LoadAll(); });
}

ModelPtr ModelRegistry::Loaded(const std::string& name) {
  MutexLock lock(mutex_);
  const auto found = loaded_.find(name);
  return found == loaded_.end() ? nullptr : found->second.get();
}

absl::StatusOr<ModelPtr> ModelRegistry::Load(const std::string& name) {
  MutexLock loading(load_mutex_);
  if (ModelPtr model = Loaded(name)) return model;
  ASSIGN_OR_RETURN(std::unique_ptr<const Model> model, LoadDirectory(name));
  MutexLock lock(mutex_);
  return loaded_.emplace(name, std::move(model)).first->second.get();
}

absl::StatusOr<std::unique_ptr<const Model>> ModelRegistry::LoadDirectory(const std::string& name) const {
  const fs::path directory = options_.directory / name;
  std::error_code error;
  if (!fs::is_directory(directory, error)) return Absent(name);
  const absl::Time start = absl::Now();
  auto model = std::make_unique<Model>();
  model->name = name;
  ASSIGN_OR_RETURN(model->encoder, encoder::TextEncoder::Load(directory));
  model->scheduler = encoder::BatchScheduler::Create(*model->encoder, options_.scheduler);
  log_.Info("model_loaded", {{"model", name},
                             {"fingerprint", model->info().fingerprint},
                             {"dimensions", int64_t{model->info().dimensions}},
                             {"milliseconds", absl::ToInt64Milliseconds(absl::Now() - start)}});
  return model;
}

std::vector<encoder::ModelInfo> ModelRegistry::LoadAll() {
  std::vector<encoder::ModelInfo> infos;
  for (const std::string& name : SubDirectories(options_.directory)) {
    const absl::StatusOr<ModelPtr> model = Load(name);
    if (model.ok()) {
      infos.push_back((*model)->info());
    } else {
      log_.Warning("model_refused", {{"model", name}, {"reason", MessageOf(model.status())}});
    }
  }
  return infos;
}

absl::Status ModelRegistry::Absent(const std::string& name) const {
  return NotFoundResource("model", name,
                          "no model \"" + name + "\" in " + options_.directory.string() +
                              ": run `./dev setup`, or `voisin model convert`");
}

}  // namespace voisin::service
