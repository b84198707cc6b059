#pragma once

#include "encoder/json.h"
#include "encoder/model_config.h"

namespace voisin::encoder {

// config.json. Unimplemented names a model_type, or an option of one, that we do not compute; InvalidArgument
// a field that is missing, of the wrong type or out of range.
absl::StatusOr<TransformerConfig> ReadTransformerConfig(const JsonValue& root);

}  // namespace voisin::encoder
