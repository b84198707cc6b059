#include "tests/bench/ort_session.h"

#include <dlfcn.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace voisin::bench {
namespace {

// The first functions of the interface, in its order, which never changes; those that are not called here
// are only counted.
struct Api {
  void* unused_0[2];
  const char* (*get_error_message)(const void* status);
  void* (*create_env)(int log_level, const char* name, void** env);
  void* unused_4[4];
  void* (*create_session)(void* env, const void* model, size_t size, const void* options, void** session);
  void* (*run)(void* session, const void* run_options, const char* const* input_names, void* const* inputs,
               size_t input_count, const char* const* output_names, size_t output_count, void** outputs);
  void* (*create_options)(void** options);
  void* unused_11[12];
  void* (*set_optimization_level)(void* options, int level);
  void* (*set_threads)(void* options, int threads);
  void* unused_25[24];
  void* (*create_tensor)(const void* memory, void* data, size_t bytes, const int64_t* shape, size_t rank,
                         int type, void** value);
  void* unused_50[1];
  void* (*tensor_data)(void* value, void** data);
  void* unused_52[17];
  void* (*create_cpu_memory)(int allocator, int type, void** memory);
  void* unused_70[22];
  void (*release_env)(void*);
  void (*release_status)(void*);
  void (*release_memory)(void*);
  void (*release_session)(void*);
  void (*release_value)(void*);
  void* unused_97[3];
  void (*release_options)(void*);
};
static_assert(sizeof(Api) == 101 * sizeof(void*));

struct ApiBase {
  const Api* (*get_api)(uint32_t version);
  const char* (*get_version)();
};

constexpr int kErrors = 3, kAllOptimizations = 99, kInt64 = 7, kArena = 1, kDefaultMemory = 0;

absl::StatusOr<const Api*> OpenLibrary(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return absl::NotFoundError("cannot open ONNX Runtime's library " + path);
  using GetBase = const ApiBase* (*)();
  const auto get_base = reinterpret_cast<GetBase>(dlsym(library, "OrtGetApiBase"));
  if (get_base == nullptr) return absl::NotFoundError(absl::StrCat(path, " has no OrtGetApiBase"));
  const Api* api = get_base()->get_api(1);
  if (api == nullptr) return absl::UnimplementedError(absl::StrCat(path, " has no interface of version 1"));
  return api;
}

class Session : public OrtSession {
 public:
  explicit Session(const Api& api) : api_(api) {}
  ~Session() override {
    if (session_ != nullptr) api_.release_session(session_);
    if (options_ != nullptr) api_.release_options(options_);
    if (memory_ != nullptr) api_.release_memory(memory_);
    if (env_ != nullptr) api_.release_env(env_);
  }

  absl::Status Open(std::string_view model, int threads) {
    RETURN_IF_ERROR(Check(api_.create_env(kErrors, "bench", &env_)));
    RETURN_IF_ERROR(Check(api_.create_options(&options_)));
    RETURN_IF_ERROR(Check(api_.set_optimization_level(options_, kAllOptimizations)));
    RETURN_IF_ERROR(Check(api_.set_threads(options_, threads)));
    RETURN_IF_ERROR(Check(api_.create_cpu_memory(kArena, kDefaultMemory, &memory_)));
    return Check(api_.create_session(env_, model.data(), model.size(), options_, &session_));
  }

  absl::Status Run(std::span<int64_t> ids, std::span<int64_t> mask, int64_t texts, int64_t length,
                   std::span<float> embeddings) override {
    types_.assign(ids.size(), 0);
    const int64_t shape[] = {texts, length};
    void* inputs[3] = {};
    void* output = nullptr;
    const std::span<int64_t> data[] = {ids, mask, types_};
    absl::Status status;
    for (size_t i = 0; i < 3 && status.ok(); ++i) {
      status = Check(
          api_.create_tensor(memory_, data[i].data(), data[i].size_bytes(), shape, 2, kInt64, &inputs[i]));
    }
    const char* const input_names[] = {"input_ids", "attention_mask", "token_type_ids"};
    const char* const output_names[] = {"embedding"};
    if (status.ok()) {
      status = Check(api_.run(session_, nullptr, input_names, inputs, 3, output_names, 1, &output));
    }
    void* values = nullptr;
    if (status.ok()) status = Check(api_.tensor_data(output, &values));
    if (status.ok()) std::copy_n(static_cast<const float*>(values), embeddings.size(), embeddings.data());
    for (void* value : {inputs[0], inputs[1], inputs[2], output}) {
      if (value != nullptr) api_.release_value(value);
    }
    return status;
  }

 private:
  absl::Status Check(void* status) const {
    if (status == nullptr) return absl::OkStatus();
    const std::string message = api_.get_error_message(status);
    api_.release_status(status);
    return absl::InternalError(absl::StrCat("ONNX Runtime: ", message));
  }

  const Api& api_;
  void* env_ = nullptr;
  void* options_ = nullptr;
  void* memory_ = nullptr;
  void* session_ = nullptr;
  std::vector<int64_t> types_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OrtSession>> OrtSession::Create(const std::string& library,
                                                               std::string_view model, int threads) {
  ASSIGN_OR_RETURN(const Api* api, OpenLibrary(library));
  auto session = std::make_unique<Session>(*api);
  RETURN_IF_ERROR(session->Open(model, threads));
  return session;
}

}  // namespace voisin::bench
