#pragma once
// The functions of the API's operations, one for each kind of work; which operation has which is in api_table.cc. Free
// functions on the HTTP thread; what may block goes through the exchange.

#include "manager/api.h"

namespace laneway {

// Resources (api_resources.cc)
Answer<HttpAnswer> list_resources(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> get_resource(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> create_resource(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> put_resource(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> patch_resource(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> delete_resource(const ApiParts& parts, ApiCall& call);

// Tasks and logs (api_journal.cc)
Answer<HttpAnswer> list_tasks(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> get_task(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> cancel_task(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> list_events(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> list_audit(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> watch_news(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> get_openapi(const ApiParts& parts, ApiCall& call);

// Asked of the engine (api_engine.cc)
Answer<HttpAnswer> scan_target(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> discover_targets(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> ask_about_function(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> ask_about_engine(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> list_function_stats(const ApiParts& parts, ApiCall& call);

// For Prometheus (api_metrics.cc)
Answer<HttpAnswer> get_metrics(const ApiParts& parts, ApiCall& call);

// Done to machines (api_machines.cc)
Answer<HttpAnswer> attach_function(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> detach_function(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> power_machine(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> create_machine(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> delete_machine(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> patch_machine(const ApiParts& parts, ApiCall& call);
// Begins a job. The subject's document, when the task has ended well; 202 while it has not ended.
Answer<HttpAnswer> begin_job(const ApiParts& parts, ApiCall& call, const JobSubject& subject,
                             std::unique_ptr<MachineJob> job);
// Images (api_images.cc)
Answer<HttpAnswer> list_host_images(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> import_image(const ApiParts& parts, ApiCall& call);
// Of a machine that is known now (api_machines.cc).
Answer<Resource> machine_of_call(const ApiParts& parts, const ApiCall& call);
// As WebSockets (api_screens.cc)
Answer<HttpAnswer> open_serial(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> open_screen(const ApiParts& parts, ApiCall& call);

// Who may do what (api_accounts.cc)
Answer<HttpAnswer> create_token(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> set_password(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> log_in(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> get_session(const ApiParts& parts, ApiCall& call);
Answer<HttpAnswer> log_out(const ApiParts& parts, ApiCall& call);

// Runs `work`, anything that can be called, on a pool; a refusal where the pool is full.
template <typename Work>
Answer<void> run_on(HttpExchange& exchange, BlockingPool pool, Work work) {
  class Carried final : public BlockingWork {
   public:
    explicit Carried(Work& carried) : carried_(carried) {}
    void run() override { carried_(); }

   private:
    Work& carried_;
  };
  Carried carried(work);
  if (exchange.run_blocking(pool, carried)) return {};
  return refuse(503, "Too many requests wait for the same thing", "try again in a moment");
}

HttpAnswer json_answer(unsigned status, std::string body);
Answer<ListQuery> list_query_of(const ApiCall& call);
// Until the task has ended, for as long as the caller wants to wait.
void await_task(const ApiParts& parts, const ApiCall& call, const std::string& id);

}  // namespace laneway
