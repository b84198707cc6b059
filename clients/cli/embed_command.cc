#include <algorithm>
#include <memory>
#include <ostream>

#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/local_embedding.h"
#include "clients/cli/remote.h"
#include "clients/cli/remote_texts.h"

namespace voisin::cli {
namespace {

struct EmbedOptions {
  Remote remote;
  std::vector<std::string> texts;
  std::string input;
  std::string model_dir;
  std::string precision = "fp32";
  std::string model;
  std::string truncation = "error";
  uint32_t threads = 0;
};

std::string JsonText(const Embedded& embedded) {
  std::string embedding;
  AppendJsonNumbers(embedding, embedded.values);
  JsonLine line;
  line.Raw("embedding", embedding).Number("token_count", embedded.token_count);
  line.Bool("truncated", embedded.truncated);
  if (embedded.windows > 1) line.Number("windows", embedded.windows);
  return line.str() + "\n";
}

std::string Remark(const Embedded& embedded) {
  if (embedded.windows > 1) return absl::StrFormat(", mean of %d windows", embedded.windows);
  return embedded.truncated ? ", cut" : "";
}

// The first numbers are enough to see that there is something.
std::string PlainText(const std::string& where, const Embedded& embedded) {
  std::string line = where + ":";
  for (const float value : embedded.values.first(std::min<size_t>(4, embedded.values.size()))) {
    line += absl::StrFormat(" %.4f", value);
  }
  line += absl::StrFormat(" ... (%d numbers, %d tokens%s)\n", embedded.values.size(), embedded.token_count,
                          Remark(embedded));
  return line;
}

Formatter FormatterFor(const EmbedOptions& options, const Texts& texts) {
  return [&options, &texts](size_t text, const Embedded& embedded) {
    return options.remote.json ? JsonText(embedded) : PlainText(texts.Where(text), embedded);
  };
}

LocalOptions LocalOptionsOf(const EmbedOptions& options) {
  return {.truncation = LocalTruncation(options.truncation), .threads = options.threads};
}

absl::Status EmbedHere(const EmbedOptions& options, const Texts& texts, Console& console) {
  ASSIGN_OR_RETURN(const auto encoder,
                   encoder::TextEncoder::Load(options.model_dir, LocalLoading(options.precision)));
  return EmbedLocally(*encoder, texts, LocalOptionsOf(options), FormatterFor(options, texts), console.out,
                      console.err);
}

absl::Status EmbedThere(const EmbedOptions& options, const Texts& texts, Context& context) {
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  const Formatter format = FormatterFor(options, texts);
  const absl::Status status = ForEachPart(texts, [&](TextRange range) -> absl::Status {
    v1::EmbedRequest request;
    request.set_model(options.model);
    request.set_truncation(TruncationOf(options.truncation));
    for (size_t i = range.begin; i < range.end; ++i) request.add_texts(texts.values[i]);
    ASSIGN_OR_RETURN(const v1::EmbedResponse answer, client->Embed(request));
    RETURN_IF_ERROR(CheckCount(range, static_cast<size_t>(answer.embeddings_size())));
    for (const v1::Embedding& embedding : answer.embeddings()) {
      const std::span<const float> values(embedding.values().data(),
                                          static_cast<size_t>(embedding.values_size()));
      context.console.out << format(
          range.begin++, {values, embedding.token_count(), embedding.truncated(), embedding.window_count()});
    }
    return absl::OkStatus();
  });
  return Explained(status, options.remote, context);
}

absl::Status Embed(const EmbedOptions& options, Context& context) {
  Console& console = context.console;
  ASSIGN_OR_RETURN(const Texts texts, ReadTexts(options.texts, options.input, console.in, console.err));
  return options.model_dir.empty() ? EmbedThere(options, texts, context) : EmbedHere(options, texts, console);
}

}  // namespace

void AddEmbed(Arguments& root) {
  auto options = std::make_shared<EmbedOptions>();
  options->remote.timeout = 60;
  Arguments command =
      root.Command("embed", "Turn texts into vectors",
                   "voisin embed \"hello world\" --json\n"
                   "  voisin embed --model-dir models/use-lite-en --input texts.jsonl --json");
  command.Optional("TEXT", options->texts, "Texts to embed");
  command.Option("--input", options->input, "File of lines {\"text\": ...}; - for stdin");
  command.Option("--model-dir", options->model_dir,
                 "Load this model and work without a server, texts as they are");
  command.Choice("--precision", options->precision, {"fp32", "bf16", "int8"},
                 "Arithmetic of the model with --model-dir (default fp32)");
  command.Option("--model", options->model, "Name of a model of the server (default: the server's)");
  command.Choice(
      "--truncation", options->truncation, {"error", "end", "start", "chunk"},
      "What happens to a text that is too long: refused (default), its end or its start is dropped, or it is "
      "embedded in windows whose mean counts");
  command.Option("--threads", options->threads, "Threads with --model-dir (default 0: one per CPU)");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Embed(*options, context); });
}

}  // namespace voisin::cli
