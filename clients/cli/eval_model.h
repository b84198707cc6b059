#pragma once

#include <functional>

#include "clients/cli/console.h"
#include "clients/cli/local_embedding.h"
#include "clients/cli/remote.h"

namespace voisin::cli {

// A model that is measured, with the name that it goes by and what it says of hybrid searches.
struct EvalModel {
  // Embeds all texts, none of them blank; a text that is too long loses its end. `receive` is called once for each
  // text, on several threads.
  using Embed =
      std::function<absl::Status(const Texts& texts, encoder::TextRole role, const Receiver& receive)>;

  std::string name;
  std::string language;  // of the words of its texts
  float dense_weight = 0;
  Embed embed;
};

// A model in this process, on every CPU; white space is collapsed where the model's directory says so, as a server
// does. Questions and documents get the model's prompts. `encoder` outlives the model. Refused texts are on `err`.
EvalModel LocalEvalModel(const encoder::TextEncoder& encoder, std::ostream& err);

// The model `model` of a server (empty: its default). `client` outlives the model.
absl::StatusOr<EvalModel> RemoteEvalModel(client::Client& client, const std::string& model);

}  // namespace voisin::cli
