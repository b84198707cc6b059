#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "service/call.h"
#include "service/collection.h"
#include "service/excerpts.h"
#include "service/query_batch.h"
#include "service/search_mode.h"
#include "service/search_task.h"
#include "service/text_terms.h"
#include "service/validation.h"

namespace voisin::service {

struct SearchCall {
  SearchRequest request;
  CallContext context;
  Callback<SearchResult> done;
  storage::Filter filter;
  SearchMode mode = SearchMode::dense;
  std::vector<float> vector;
  float dense_weight = 0;             // of a hybrid search
  Stages stages;                      // of encoding
  std::shared_ptr<QueryBatch> batch;  // null: came alone
  bool shows_text = true;             // with the hits; excerpts read the texts anyway
  ModelPtr model;                     // where it is needed: to encode the text, to pack

  bool encodes() const { return request.text && mode != SearchMode::lexical; }
};

void Collection::Search(SearchRequest request, CallContext context, Callback<SearchResult> done,
                        std::shared_ptr<QueryBatch> batch) {
  auto call = std::make_shared<SearchCall>();
  call->request = std::move(request);
  call->context = std::move(context);
  call->done = std::move(done);
  call->batch = std::move(batch);
  if (absl::Status status = PlanSearch(*call); !status.ok()) return call->done(std::move(status));
  if (call->request.vector) call->vector = *call->request.vector;
  if (!call->encodes() && !call->request.pack) return ScheduleSearch(std::move(call));
  FindModel([this, call](absl::StatusOr<ModelPtr> model) {
    if (!model.ok()) return call->done(std::move(model).status());
    call->model = *std::move(model);
    call->encodes() ? EncodeQuery(call) : ScheduleSearch(call);
  });
}

absl::Status Collection::PlanSearch(SearchCall& call) const {
  const CollectionDefinition known = definition();
  RETURN_IF_ERROR(CheckSearch(call.request, known.dimensions, known.metric, runtime_.limits));
  ASSIGN_OR_RETURN(call.filter, ParseFilter(call.request.filter));
  ASSIGN_OR_RETURN(call.mode, ResolveMode(call.request, id(), !known.model.empty()));
  RETURN_IF_ERROR(CheckExcerpts(call.request, id(), !known.model.empty()));
  call.shows_text = call.request.mask.text;
  call.request.mask.text = call.shows_text || WantsExcerpts(call.request);
  const storage::Lsn lsn = lsn_.load(std::memory_order_acquire);
  if (call.request.min_lsn > lsn) {
    return BrokenPrecondition("MIN_LSN", "collections/" + id(),
                              "min_lsn: expected at most " + std::to_string(lsn) +
                                  ", the last of collection \"" + id() + "\", got " +
                                  std::to_string(call.request.min_lsn));
  }
  return CheckWanted(call.context);
}

void Collection::EncodeQuery(std::shared_ptr<SearchCall> call) {
  call->dense_weight = call->request.fusion.dense_weight.value_or(call->model->info().dense_weight);
  Callback<encoder::EncodeResult> search = [this, call](absl::StatusOr<encoder::EncodeResult> encoded) {
    if (!encoded.ok()) return call->done(std::move(encoded).status());
    call->stages = StagesOf(*encoded);
    call->vector = std::move(encoded->texts.front().values);
    ScheduleSearch(call);
  };
  if (call->batch != nullptr) return call->batch->Encode(call->model, *call->request.text, std::move(search));
  EncodeTexts(call->model, QueryEncodeRequest(*call->request.text, call->context), std::move(search));
}

void Collection::ScheduleSearch(std::shared_ptr<SearchCall> call) {
  const bool scheduled =
      runtime_.search_pool.TrySchedule([this, call] { call->done(RunSearch(*call)); }, number());
  if (!scheduled) call->done(QueueFull("searches"));
}

RetrievalQuery Collection::QueryOf(SearchCall& call, uint64_t& analysis_us) const {
  RetrievalQuery query{.mode = call.mode,
                       .vector = std::move(call.vector),
                       .terms = {},
                       .fusion = call.request.fusion,
                       .dense_weight = call.dense_weight,
                       .ef = call.request.ef,
                       .exact = call.request.exact,
                       .min_score = call.request.min_score};
  if (call.mode == SearchMode::dense) return query;
  const absl::Time start = absl::Now();
  query.terms = QueryTermsOf(*call.request.text, *analyzer_);
  analysis_us = MicrosSince(start);
  return query;
}

absl::StatusOr<SearchResult> Collection::RunSearch(SearchCall& call) const {
  const CollectionDefinition known = definition();
  SearchTask::Target target{
      .store = runtime_.store,
      .number = number(),
      .collection = id(),
      .indexes = {*index_, *words_, known.metric, known.params.ef_search},
      .dimensions = known.dimensions,
      .lsn = lsn_.load(std::memory_order_acquire),
  };
  SearchTask task(std::move(target), call.request, call.context, call.filter);
  uint64_t analysis_us = 0;
  std::vector<float> sampled;
  if (queries_.Wants()) sampled = call.vector;
  RetrievalQuery query = QueryOf(call, analysis_us);
  ASSIGN_OR_RETURN(SearchResult result, task.Run(std::move(query)));
  if (!sampled.empty() && result.path == index::SearchPath::ann) queries_.Add(std::move(sampled));
  result.stages.search += analysis_us;
  result.stages.lexical += analysis_us;
  result.stages.tokenize = call.stages.tokenize;
  result.stages.queue = call.stages.queue;
  result.stages.encode = call.stages.encode;
  if (WantsExcerpts(call.request)) RETURN_IF_ERROR(ShowExcerpts(call, result));
  return result;
}

absl::Status Collection::ShowExcerpts(const SearchCall& call, SearchResult& result) const {
  const encoder::Tokenizer* const tokenizer = call.request.pack ? &call.model->encoder->tokenizer() : nullptr;
  RETURN_IF_ERROR(AddExcerpts(call.request, call.context, {*analyzer_, *words_, tokenizer}, result));
  if (call.shows_text) return absl::OkStatus();
  for (Hit& hit : result.hits) hit.document.text.clear();
  return absl::OkStatus();
}

}  // namespace voisin::service
