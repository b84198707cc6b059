#include <memory>
#include <optional>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/local_embedding.h"
#include "clients/cli/parallel.h"
#include "clients/cli/remote.h"
#include "clients/cli/remote_texts.h"
#include "clients/cli/status.h"
#include "clients/cli/table.h"

namespace voisin::cli {
namespace {

struct TokenizeOptions {
  Remote remote;
  std::vector<std::string> texts;
  std::string input;
  std::string model_dir;
  std::string model;
  std::string truncation = "none";
  uint32_t threads = 0;
};

std::string JsonText(const v1::Tokens& tokens) {
  std::vector<uint32_t> ids;
  JsonList pieces;
  for (const v1::Token& token : tokens.tokens()) {
    ids.push_back(token.id());
    std::string piece;
    AppendJsonString(piece, token.text());
    pieces.Add(piece);
  }
  std::string numbers;
  AppendJsonNumbers(numbers, ids);
  return JsonLine().Raw("ids", numbers).Raw("tokens", pieces.str()).str() + "\n";
}

std::string PlainText(const v1::Tokens& tokens, const Console& console) {
  Table table(
      {{"token"}, {"id", Table::Align::right}, {"begin", Table::Align::right}, {"end", Table::Align::right}});
  for (const v1::Token& token : tokens.tokens()) {
    table.Add({token.text(), std::to_string(token.id()), std::to_string(token.begin()),
               std::to_string(token.end())});
  }
  return table.Render(console.width);
}

void Print(const TokenizeOptions& options, const Texts& texts, size_t text, const v1::Tokens& tokens,
           Console& console) {
  if (options.remote.json) {
    console.out << JsonText(tokens);
    return;
  }
  if (text > 0) console.out << "\n";
  if (texts.size() > 1) console.out << texts.Where(text) << "\n";
  console.out << PlainText(tokens, console);
}

// Tokenizes without a server. Weights are not needed, so only a limit makes it read the rest of the model.
class LocalTokenizer {
 public:
  static absl::StatusOr<LocalTokenizer> Load(const TokenizeOptions& options) {
    LocalTokenizer local;
    local.truncation_ = options.truncation;
    if (options.truncation == "none") {
      ASSIGN_OR_RETURN(local.own_, encoder::LoadTokenizer(options.model_dir));
    } else {
      ASSIGN_OR_RETURN(local.encoder_, encoder::TextEncoder::Load(options.model_dir));
    }
    return local;
  }

  const encoder::Tokenizer& tokenizer() const { return encoder_ ? encoder_->tokenizer() : *own_; }

  // Whole, unless it is too long and the options say what happens then.
  absl::StatusOr<encoder::Encoding> Encode(const Texts& texts, size_t i) const {
    const std::string& text = texts.values[i];
    const std::optional<std::string> pair = texts.pairs.empty() ? std::nullopt : texts.pairs[i];
    ASSIGN_OR_RETURN(encoder::Encoding whole, tokenizer().EncodePair(text, pair, {}));
    if (!encoder_) return whole;
    const auto most = static_cast<size_t>(encoder_->info().max_tokens);
    if (whole.input_ids.size() <= most) return whole;
    if (pair && truncation_ == "end") return tokenizer().EncodePair(text, pair, {.max_length = most});
    if (pair) {
      return absl::InvalidArgumentError(
          absl::StrCat("the pair has ", whole.input_ids.size(), " tokens, the limit is ", most));
    }
    ASSIGN_OR_RETURN(encoder::TokenizedText cut, encoder_->Tokenize(text, LocalTruncation(truncation_), ""));
    return std::move(cut.encoding);
  }

 private:
  std::string truncation_;
  std::unique_ptr<encoder::TextEncoder> encoder_;
  std::unique_ptr<encoder::Tokenizer> own_;  // where there is no limit
};

v1::Tokens ToMessage(const encoder::Encoding& encoding, const encoder::Tokenizer& tokenizer) {
  v1::Tokens tokens;
  for (size_t i = 0; i < encoding.input_ids.size(); ++i) {
    v1::Token& token = *tokens.add_tokens();
    token.set_id(static_cast<uint32_t>(encoding.input_ids[i]));
    token.set_text(std::string(tokenizer.TokenText(encoding.input_ids[i])));
    token.set_begin(encoding.offsets[i].begin);
    token.set_end(encoding.offsets[i].end);
  }
  return tokens;
}

absl::Status TokenizeHere(const TokenizeOptions& options, const Texts& texts, Console& console) {
  ASSIGN_OR_RETURN(const LocalTokenizer local, LocalTokenizer::Load(options));
  std::vector<absl::StatusOr<encoder::Encoding>> encodings(texts.size());
  ParallelFor(options.threads, texts.size(), [&](size_t i) { encodings[i] = local.Encode(texts, i); });
  std::vector<TextProblem> problems;
  for (size_t i = 0; i < encodings.size(); ++i) {
    if (!encodings[i].ok())
      problems.push_back({texts.Where(i), std::string(MessageOf(encodings[i].status()))});
  }
  RETURN_IF_ERROR(Report(problems, console.err));
  for (size_t i = 0; i < encodings.size(); ++i) {
    Print(options, texts, i, ToMessage(*encodings[i], local.tokenizer()), console);
  }
  return absl::OkStatus();
}

absl::Status TokenizeThere(const TokenizeOptions& options, const Texts& texts, Context& context) {
  if (options.truncation != "none") {
    return UsageError("--truncation: a server shows all tokens; give --model-dir to see what a model keeps");
  }
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  const absl::Status status = ForEachPart(texts, [&](TextRange range) -> absl::Status {
    v1::TokenizeRequest request;
    request.set_model(options.model);
    for (size_t i = range.begin; i < range.end; ++i) request.add_texts(texts.values[i]);
    ASSIGN_OR_RETURN(const v1::TokenizeResponse answer, client->Tokenize(request));
    RETURN_IF_ERROR(CheckCount(range, static_cast<size_t>(answer.results_size())));
    for (const v1::Tokens& tokens : answer.results())
      Print(options, texts, range.begin++, tokens, context.console);
    return absl::OkStatus();
  });
  return Explained(status, options.remote, context);
}

absl::Status Tokenize(const TokenizeOptions& options, Context& context) {
  Console& console = context.console;
  const TextPairs pairs = options.model_dir.empty() ? TextPairs::refused : TextPairs::read;
  ASSIGN_OR_RETURN(const Texts texts,
                   ReadTexts(options.texts, options.input, console.in, console.err, pairs));
  return options.model_dir.empty() ? TokenizeThere(options, texts, context)
                                   : TokenizeHere(options, texts, console);
}

}  // namespace

void AddTokenize(Arguments& root) {
  auto options = std::make_shared<TokenizeOptions>();
  options->remote.timeout = 60;
  Arguments command =
      root.Command("tokenize", "Show how a model cuts texts into tokens",
                   "voisin tokenize \"hello world\"\n"
                   "  voisin tokenize --model-dir models/use-lite-en --input texts.jsonl --json");
  command.Optional("TEXT", options->texts, "Texts to cut");
  command.Option("--input", options->input,
                 "File of lines {\"text\": ...}, with --model-dir also \"text_pair\"; - for stdin");
  command.Option("--model-dir", options->model_dir,
                 "Load this model and work without a server, texts as they are");
  command.Option("--model", options->model, "Name of a model of the server (default: the server's)");
  command.Choice(
      "--truncation", options->truncation, {"none", "error", "end", "start"},
      "With --model-dir: all tokens (default), refuse texts that are too long, or drop their end or start");
  command.Option("--threads", options->threads, "Threads with --model-dir (default 0: one per CPU)");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Tokenize(*options, context); });
}

}  // namespace voisin::cli
