#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"

namespace voisin::bench {

// ONNX Runtime, the peer, through the C interface of a shared library opened at run time.
class OrtSession {
 public:
  // `model` is ONNX bytes with the inputs and the output of ExportBert.
  static absl::StatusOr<std::unique_ptr<OrtSession>> Create(const std::string& library,
                                                            std::string_view model, int threads);
  virtual ~OrtSession() = default;
  // ids and mask [texts, length], padded -> embeddings [texts, width].
  virtual absl::Status Run(std::span<int64_t> ids, std::span<int64_t> mask, int64_t texts, int64_t length,
                           std::span<float> embeddings) = 0;
};

}  // namespace voisin::bench
