#include "folder_sync.hpp"
#include "interrupt.hpp"
#include "listing.hpp"
#include "options.hpp"
#include "passphrase.hpp"
#include "session.hpp"

#include <sealsync/sync_loop.hpp>

#include <set>

namespace cli {

namespace {

[[nodiscard]] device_config config_of(const options& given) { return {given.store, given.user, given.device, {}}; }

template <class Enrol>
[[nodiscard]] exit_code enrol(const options& given, bool is_new, const char* done, Enrol enrol_device) {
    session run{given};
    const auto passphrase = get_passphrase(given.passphrase_file, is_new);
    if (!passphrase) return run.fail(passphrase.error());
    auto enrolled = enrol_device(run.here, *passphrase);
    if (!enrolled) return run.fail(enrolled.error().during(done));
    run.summary(done);
    return exit_code::good;
}

/// What `sync` and `watch` work with.
struct workplace {
    tree folder;
    file_index index;
    staging stage;

    [[nodiscard]] static ss::result<workplace> open(const device& here) {
        auto folder = tree::open(here.folder());
        if (!folder) return std::move(folder).error();
        auto stage = staging::open(here.state_path("tmp"));
        if (!stage) return std::move(stage).error();
        return workplace{*std::move(folder), file_index::load(here.state_path("index")), *std::move(stage)};
    }
    /// Makes the sync of the folder; refers to the workplace and to the session.
    [[nodiscard]] folder_sync sync(session& run) {
        return {run.here.vault(), folder, index, stage, run.here.config().device_name, run.out, run.here.workers()};
    }
};

[[nodiscard]] std::string describe(const folder_report& report) {
    return counted(report.edits, "changed here") + ", " + counted(report.sync.pushed, "pushed") + ", " +
           counted(report.sync.pulled, "pulled") + ", " + counted(report.applied.written, "written") + ", " +
           counted(report.applied.removed, "removed");
}

/// Tells the person what was not done, and gives what that and all that was said before means for a script.
[[nodiscard]] exit_code tell(session& run, const folder_report& report) {
    for (const auto& why : report.sync.refusals) (void)run.fail_on_object(why);
    for (const auto& why : report.applied.refusals) {
        if (why == ss::errc::io_error) { // the folder's, which another try alone does not mend
            run.out.complain(why, exit_code::unusable);
        } else {
            (void)run.fail_on_object(why);
        }
    }
    const auto& folder = run.here.folder();
    if (report.sync.conflicts > 0) {
        run.out.note(folder, counted(report.sync.conflicts, "files in conflict: see `sealsync conflicts`"));
    }
    if (report.sync.deferred > 0) {
        run.out.note(folder, "large files that changed meanwhile wait for a later sync: see `sealsync status`",
                     exit_code::later);
    }
    if (report.sync.waiting > 0) {
        run.out.note(folder, counted(report.sync.waiting, "pushes of other devices wait for one that has not arrived"));
    }
    if (report.sync.cloned) {
        run.out.note(folder, "another machine uses a copy of this device's .sealsync: `join` there instead");
    }
    if (report.sync.stopped) run.out.note(folder, "interrupted; sync again to go on", exit_code::later);
    return report.applied.left > 0 ? std::max(run.out.worst(), exit_code::later) : run.out.worst();
}

[[nodiscard]] ss::sync_options sync_options_of(const options& given, const std::stop_token& stop) {
    ss::sync_options wanted;
    wanted.stop = stop;
    wanted.allow_mass_delete = given.allow_mass_delete;
    wanted.rediscover = given.rediscover;
    return wanted;
}

/// A folder as an engine that a `sync_loop` drives, and the loop's way to pass time: it looks at the folder meanwhile.
class watched_folder {
public:
    watched_folder(session& run, folder_sync& folder, const options& given)
        : run_{run}, folder_{folder}, given_{given} {}

    [[nodiscard]] ss::result<ss::sync_report> sync(const ss::sync_options& loop) {
        run_.begin();
        auto report = folder_.run(sync_options_of(given_, loop.stop));
        if (!report) return std::move(report).error();
        ++syncs_;
        (void)tell(run_, *report);
        const bool news = report->edits + report->sync.pulled + report->sync.pushed + report->applied.written +
                              report->applied.removed >
                          0;
        if (news) run_.summary("watch: " + describe(*report));
        return std::move(report->sync);
    }
    [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }
    [[nodiscard]] ss::result<std::uint64_t> random() { return run_.here.vault().random(); }

    /// Looks rarely enough that looking costs a twentieth of the time.
    void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
        using clock = std::chrono::steady_clock;
        std::chrono::milliseconds pause{1'000};
        for (const auto until = clock::now() + time; clock::now() < until && !stop.stop_requested();) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
            waiter_.wait(std::min(pause, left + std::chrono::milliseconds{1}), stop);
            const auto before = clock::now();
            const auto changed = folder_.has_local_changes();
            if (changed && *changed) return;
            pause = std::max(pause, 20 * std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - before));
        }
    }

private:
    session& run_;
    folder_sync& folder_;
    const options& given_;
    ss::thread_waiter waiter_;
    std::uint64_t syncs_ = 0;
};

struct watching_waiter {
    watched_folder& folder;
    void wait(std::chrono::milliseconds time, const std::stop_token& stop) { folder.wait(time, stop); }
    void wake() {} // one thread: nobody could
};

/// Where the edits stand that were collected, but are not in the store: what a sync could not push.
[[nodiscard]] ss::result<std::set<std::string>> paths_waiting(session& run, collection_type& records,
                                                              const file_index& index) {
    const auto pending = records.pending();
    if (!pending) return pending.error();
    const auto places = placement::of(run.here.vault(), records, index, run.out);
    if (!places) return places.error();
    std::map<ss::dot, std::string_view> standing;
    for (const auto& [path, place] : places->all()) standing.emplace(place.dot, path);
    std::set<std::string> paths;
    for (const auto& [id, made] : *pending) {
        const auto at = standing.find(made.dot);
        paths.emplace(at != standing.end() ? at->second : path_of_id(id));
    }
    return paths;
}

} // namespace

exit_code run_init(const options& given) {
    ss::create_vault_key_options options;
    if (given.fast_kdf) options.cost = ss::argon2_parameters{19 * 1024, 2, 1};
    options.accept_unsafe_creation = given.accept_unsafe_creation;
    return enrol(given, true, "init", [&](device& here, const std::string& passphrase) {
        return here.init(config_of(given), passphrase, options);
    });
}

exit_code run_join(const options& given) {
    return enrol(given, false, "join",
                 [&](device& here, const std::string& passphrase) { return here.join(config_of(given), passphrase); });
}

exit_code run_sync(const options& given) {
    const interrupt stop;
    session run{given};
    if (auto opened = run.here.open(); !opened) return run.fail(opened.error().during("sync"));
    if (auto checked = run.here.check_store(); !checked) return run.fail(checked.error().during("sync"));
    auto work = workplace::open(run.here);
    if (!work) return run.fail(work.error().during("sync"));
    auto folder = work->sync(run);
    auto report = folder.run(sync_options_of(given, stop.token()));
    if (!report) return run.fail(report.error());
    const auto code = tell(run, *report);
    run.summary("sync: " + describe(*report));
    return code;
}

exit_code run_watch(const options& given) {
    const interrupt stop;
    session run{given};
    if (auto opened = run.here.open(); !opened) return run.fail(opened.error().during("watch"));
    auto work = workplace::open(run.here);
    if (!work) return run.fail(work.error().during("watch"));
    auto folder = work->sync(run);
    watched_folder watched{run, folder, given};
    ss::sync_loop_settings settings;
    settings.poll_min = given.poll;
    settings.poll_max = 2 * given.poll;
    settings.news = std::min<std::chrono::milliseconds>(settings.news, given.poll);
    ss::sync_loop<watched_folder, watching_waiter> loop{watched, settings, watched};
    if (auto checked = run.here.check_store(); !checked && checked.error().kind() != ss::error_kind::retry) {
        return run.fail(checked.error().during("watch"));
    }
    run.say("watch: began; the folder is looked at every second, the store every " +
            std::to_string(given.poll.count()) + " s or less often; Ctrl-C ends it");
    auto over = loop.run(stop.token(), [&](const ss::result<ss::sync_report>& synced) {
        if (!synced) run.out.complain(synced.error());
    });
    run.say("watch: ended after " + counted(watched.syncs(), "syncs"));
    return over ? exit_code::good : exit_code_of(over.error().kind());
}

exit_code run_probe(const options& given) {
    session run{given};
    auto store = complete_store_text(given.store);
    if (!store) return run.fail(store.error().during("probe"));
    auto opened = open_storage(*store);
    if (!opened) return run.fail(opened.error().during("probe"));
    const interrupt stop;
    const auto report = opened->probe_anew({stop.token()});
    if (!report) return run.fail(report.error().during("probe"));

    std::printf("%s\n", printable(*store).c_str());
    if (const auto place = ss::s3_location::parse(*store)) {
        const auto* known = ss::s3_provider_of(place->host());
        if (known != nullptr)
            std::printf("%s: %s\n", std::string{known->name}.c_str(), std::string{known->note}.c_str());
    }
    for (const auto& step : report->steps) {
        std::printf("%s %s: %s\n", step.as_hoped ? "+" : "-", step.tried.c_str(), printable(step.answered).c_str());
    }
    std::printf("%s\n", verdict_on(report->found).c_str());
    return exit_code::good;
}

exit_code run_status(const options& given) {
    session run{given};
    if (auto opened = run.here.open(); !opened) return run.fail(opened.error().during("status"));
    auto folder = tree::open(given.folder);
    if (!folder) return run.fail(folder.error());
    auto index = file_index::load(run.here.state_path("index"));
    const auto changes = find_changes(*folder, index, run.out);
    if (!changes) return run.fail(changes.error());
    auto records = run.here.vault().collection(collection_name);
    const auto waiting = paths_waiting(run, records, index);
    if (!waiting) return run.fail(waiting.error());
    const auto conflicts = records.conflicts();
    if (!conflicts) return run.fail(conflicts.error());

    const auto& config = run.here.config();
    std::printf("store %s\nuser %s\ndevice %s\n", printable(config.store).c_str(), config.user.c_str(),
                printable(config.device_name).c_str());
    std::printf("%zu files known, %zu in conflict\n", index.files().size(), conflicts->size());
    for (const auto& path : *waiting) std::printf("P %s\n", printable(path).c_str());
    for (const auto& one : changes->changed) {
        std::printf("%c %s\n", index.find(one.path) != nullptr ? 'M' : 'A', printable(one.path).c_str());
    }
    for (const auto& path : changes->gone) std::printf("D %s\n", printable(path).c_str());
    run.summary("status: " + counted(changes->changed.size() + changes->gone.size(), "changed here") + ", " +
                counted(waiting->size(), "to push"));
    return run.out.worst();
}

exit_code run_conflicts(const options& given) {
    session run{given};
    if (auto opened = run.here.open(); !opened) return run.fail(opened.error().during("conflicts"));
    auto records = run.here.vault().collection(collection_name);
    const auto conflicts = records.conflicts();
    if (!conflicts) return run.fail(conflicts.error());
    const auto index = file_index::load(run.here.state_path("index"));
    const auto places = placement::of(run.here.vault(), records, index, run.out);
    if (!places) return run.fail(places.error());
    for (const auto& entry : *conflicts) {
        std::printf("%s\n", printable(std::string_view{entry.id}.substr(1)).c_str());
        for (const auto& place : places->all()) {
            const bool beside = std::any_of(entry.conflicts.begin(), entry.conflicts.end(),
                                            [&](const auto& one) { return one.id == place.second.id; });
            if (beside) std::printf("  %s\n", printable(place.first).c_str());
        }
    }
    run.summary("conflicts: " + std::to_string(conflicts->size()));
    return conflicts->empty() ? run.out.worst() : std::max(run.out.worst(), exit_code::conflicts);
}

exit_code run_ls(const options& given) {
    session run{given};
    if (auto opened = run.here.open(); !opened) return run.fail(opened.error().during("ls"));
    auto records = run.here.vault().collection(collection_name);
    const auto index = file_index::load(run.here.state_path("index"));
    const auto places = placement::of(run.here.vault(), records, index, run.out);
    if (!places) return run.fail(places.error());
    for (const auto& [path, what] : places->all()) {
        if (given.details) {
            const auto record = records.get(what.id);
            if (!record && record.error() != ss::errc::missing_object) return run.fail(record.error());
            auto file = record && *record ? decode_file_record((*record)->content)
                                          : ss::result<file_record>{ss::failure{ss::errc::not_found}};
            const auto changed = changed_facts_of(records, what.id);
            if (!changed) return run.fail(changed.error());
            if (file && *changed) file->set((*changed)->applied_to(shared_facts::of(*file)));
            std::printf("%s", file ? text_of(*file).c_str() : "? ");
        }
        std::printf("%s\n", printable(path).c_str());
    }
    if (places->nameless() > 0) {
        run.out.note(run.here.folder(), counted(places->nameless(), "files more, lost in the store before their names "
                                                                    "were known here: see `sealsync sync`"));
    }
    run.summary("ls: " + counted(places->all().size(), "files"));
    return run.out.worst();
}

exit_code run_log(const options& given) {
    const interrupt stop;
    session run{given};
    if (auto opened = run.here.open(); !opened) return run.fail(opened.error().during("log"));
    if (auto checked = run.here.check_store(); !checked) return run.fail(checked.error().during("log"));
    std::uint64_t segments = 0;
    ss::result<void> outcome;
    auto read = run.here.vault().log(
        [&](const ss::segment& one) {
            ++segments;
            outcome = given.json ? print_json(one) : print_line(run.here.vault(), one);
            return outcome.has_value();
        },
        ss::call_context{stop.token()});
    if (!outcome) return run.fail(outcome.error().during("log"));
    if (!read) return run.fail(read.error().during("log"));
    if (!given.json) run.summary("log: " + counted(segments, "pushes"));
    return exit_code::good;
}

exit_code run_verify(const options& given) {
    const interrupt stop;
    session run{given};
    if (auto opened = run.here.open(); !opened) return run.fail(opened.error().during("verify"));
    if (auto checked = run.here.check_store(); !checked) return run.fail(checked.error().during("verify"));
    const auto draw = [&](const ss::sync_progress& now) { run.out.progress("verifying", now.done, now.total); };
    ss::sync_options wanted;
    wanted.stop = stop.token();
    wanted.observer = draw;
    const auto report = run.here.vault().verify(wanted);
    if (!report) return run.fail(report.error());
    auto worst = report->ok() ? exit_code::good : exit_code::damaged;
    for (const auto& problem : report->problems) worst = std::max(worst, run.fail_on_object(problem));
    run.summary("verify: " + counted(report->segments, "pushes, ") + counted(report->objects, "records, ") +
                counted(report->attachments, "large files, ") + counted(report->orphans, "orphans, ") +
                counted(report->foreign, "foreign objects, ") + counted(report->problems.size(), "problems"));
    if (report->stopped) {
        run.out.note(run.here.folder(), "interrupted: not all was checked");
        return std::max(worst, exit_code::later);
    }
    return worst;
}

} // namespace cli
