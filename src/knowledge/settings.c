/* settings.c -- the settings of Splunk's conf files by name (Admin Manual, the .spec of each file): which of them are
 * applied, and which mean nothing without a server. A name may end in * (classes, families). */
#include "knowledge/settings.h"

static const struct {
    const char *file, *applied, *ignored;
} files[] = {
    {"props",
     "EXTRACT-* REPORT-* FIELDALIAS-* EVAL-* LOOKUP-* SEDCMD-* TRANSFORMS-* RULESET-* KV_MODE AUTO_KV_JSON "
     "KV_TRIM_SPACES TIME_PREFIX TIME_FORMAT MAX_TIMESTAMP_LOOKAHEAD TIMESTAMP_FIELDS TZ TZ_ALIAS DATETIME_CONFIG "
     "INDEXED_EXTRACTIONS FIELD_DELIMITER FIELD_QUOTE FIELD_NAMES FIELD_HEADER_REGEX "
     "HEADER_FIELD_DELIMITER HEADER_FIELD_QUOTE HEADER_FIELD_LINE_NUMBER "
     "HEADER_FIELD_ACCEPTABLE_SPECIAL_CHARACTERS PREAMBLE_REGEX MISSING_VALUE_REGEX "
     "JSON_TRIM_BRACES_IN_ARRAY_NAMES CHECK_FOR_HEADER MAX_DAYS_AGO MAX_DAYS_HENCE rename sourcetype priority "
     "LINE_BREAKER "
     "LINE_BREAKER_LOOKBEHIND SHOULD_LINEMERGE BREAK_ONLY_BEFORE BREAK_ONLY_BEFORE_DATE MUST_BREAK_AFTER "
     "MUST_NOT_BREAK_AFTER MUST_NOT_BREAK_BEFORE MAX_EVENTS TRUNCATE CHARSET MATCH_LIMIT DEPTH_LIMIT TZ_ALIAS "
     "ADD_EXTRA_TIME_FIELDS ANNOTATE_PUNCT METRIC-SCHEMA-TRANSFORMS LESS_THAN* MORE_THAN* ",
     "CHECK_METHOD "
     "DETERMINE_TIMESTAMP_DATE_WITH_SYSTEM_TIME EVENT_BREAKER EVENT_BREAKER_ENABLE HEADER_MODE "
     "LB_CHUNK_BREAKER LB_CHUNK_BREAKER_TRUNCATE LEARN_MODEL LEARN_SOURCETYPE "
     "MAX_DIFF_SECS_AGO MAX_DIFF_SECS_HENCE MAX_EXPECTED_EVENT_LINES "
     "METRICS_PROTOCOL NO_BINARY_CHECK PREFIX_SOURCETYPE "
     "ROUTE_EVENTS_OLDER_THAN RULESET_DESC-* SEGMENTATION SEGMENTATION-* SOURCETYPE_NAME_RESTRICTED_CHARACTERS "
     "STATSD-DIM-TRANSFORMS "
     "STATSD_EMIT_SINGLE_MEASUREMENT_FORMAT TRANSFORMS_DESC-* VERSION "
     "XML_IE_EXCLUDE XML_INDEXED_EXTRACTIONS_PIPELINE _actions category description detect_trailing_nulls "
     "disabled extraction_cutoff force_local_processing given_type initCrcLength invalid_cause is_valid "
     "maxDist* pulldown_type termFrequencyWeightedDist unarchive_cmd unarchive_cmd_start_mode "
     "unarchive_sourcetype "},
    {"transforms",
     "REGEX FORMAT DELIMS FIELDS MV_ADD CLEAN_KEYS KEEP_EMPTY_VALS SOURCE_KEY DEST_KEY WRITE_META "
     "DEFAULT_VALUE REPEAT_MATCH LOOKAHEAD CLONE_SOURCETYPE MATCH_LIMIT DEPTH_LIMIT INGEST_EVAL STOP_PROCESSING_IF "
     "filename collection "
     "external_type external_cmd fields_list max_matches min_matches default_match case_sensitive_match "
     "match_type time_field time_format max_offset_secs min_offset_secs filter METRIC-SCHEMA-* ",
     "CAN_OPTIMIZE REMOVE_DIMS_FROM_METRIC_NAME "
     "allow_caching batch_index_query cache_size check_permission disabled feature_id_element "
     "index_fields_list max_duplicates max_ext_batch metrics.* python.* replicate "
     "reverse_lookup_honor_case_sensitive_match type "},
    {"eventtypes", "search disabled priority ", "color description is_visible tags "},
    {"tags", "* ", ""},
    {"macros", "args definition validation errormsg iseval ", "description disabled "},
    {"savedsearches", "search ",
     "action.* action_email action_rss alert* allow_data_time_skew allow_skew auto_summarize* "
     "calculate_alert_required_fields_in_search counttype cron_schedule defer_scheduled_searchable_idxc "
     "description disabled dispatch* display.* displayview durable.* embed.* enableSched "
     "estimatedResultCount federated* is_visible max_concurrent next_scheduled_time nextrun "
     "precalculate_required_fields_for_alerts qualifiedSearch quantity query realtime_schedule relation "
     "request.* restart_on_searchpeer_add role run_n_times run_on_startup schedule* sendresults "
     "skip_scheduled_realtime_idxc userid version vsid workload_pool "},
    {"eventdiscoverer", "ignored_keywords ignored_fields important_keywords ", ""},
    {"fields", "TOKENIZER INDEXED ", "INDEXED_VALUE "},
    {"collections", "enforceTypes field.* ",
     "accelerated_fields.* accelerated_keys.* disabled profilingEnabled "
     "profilingThresholdMs replicate replication_dump_maximum_file_size replication_dump_strategy type "},
    {"datamodels", "strict_fields ", "acceleration* dataset.* disabled tags_whitelist "},
    {"multikv",
     "pre.start pre.start_offset pre.member pre.end pre.linecount pre.ignore pre.replace pre.tokens "
     "header.start header.start_offset header.member header.end header.linecount header.ignore "
     "header.replace header.tokens body.start body.start_offset body.member body.end body.linecount "
     "body.ignore body.replace body.tokens post.start post.start_offset post.member post.end "
     "post.linecount post.ignore post.replace post.tokens ",
     ""},
    {"transactiontypes",
     "maxspan maxpause maxevents fields connected startswith endswith maxopentxn maxopenevents keepevicted "
     "mvlist delim nullstr search ",
     ""},
    {"limits",
     "kv/maxchars kv/limit kv/maxcols spath/extraction_cutoff join/subsearch_maxout subsearch/maxout "
     "stats/list_maxsize transactions/maxopentxn transactions/maxopenevents searchresults/maxresultrows "
     "top/maxresultrows rare/maxresultrows ctable/maxvalues set/maxresultrows mvexpand/max_mem_usage_mb "
     "autoregress/maxp autoregress/maxrange concurrency/max_count correlate/maxfields findkeywords/maxevents "
     "rex/match_limit rex/depth_limit associate/maxfields associate/maxvalues "
     "associate/maxvaluesize anomalousvalue/maxvalues anomalousvalue/maxvaluesize discretize/maxbins "
     "metadata/maxcount typeahead/maxcount stats/max_stream_window tscollect/squashcase tscollect/keepresults "
     "kmeans/maxkvalue kmeans/maxkrange kmeans/maxdatapoints collect/format_multivalue_collect "
     "collect/collect_ignore_minor_breakers typer/maxlen search/allow_inexact_metasearch geostats/maxzoomlevel "
     "geostats/zl_0_gridcell_latspan "
     "geostats/zl_0_gridcell_longspan mcollect/always_use_single_value_output ",
     "maxchars limit maxcols extraction_cutoff subsearch_maxout maxout list_maxsize maxopentxn maxopenevents "
     "maxresultrows DelayArchiveProcessorShutdown action_execution_threads actions_queue_size actions_queue_timeout "
     "active_eligibility_age add_offset add_timestamp addpeer_skew_limit agg_cpu_profiling "
     "aggregate_metrics alerting_period_ms alerts_expire_period alerts_max_count alerts_max_history "
     "alerts_scoping allow_batch_mode allow_event_summarization allow_inexact_metasearch "
     "allow_multiple_matching_users allow_old_summaries allow_reload allow_reuse "
     "always_include_indexedfield_lispy always_use_single_value_output apply_search_filter "
     "approx_dc_threshold async_admission_eval_interval async_quota_update async_quota_update_freq "
     "async_saved_search_fetch async_saved_search_interval autoAppliedPercentage "
     "autoAppliedToAdhocSearches auto_cancel_after_pause auto_exclude_segmented_terms "
     "auto_finalize_secs_after_maxtime auto_summary_perc auto_summary_perc.* avg_extractor_time "
     "banned_segments base_max_searches batch_index_query batch_response_limit batch_retry_max_interval "
     "batch_retry_min_interval batch_retry_scaling batch_search_activation_fraction "
     "batch_search_max_index_values batch_search_max_pipeline "
     "batch_search_max_results_aggregator_queue_size batch_search_max_serialized_results_queue_size "
     "batch_wait_after_end blocking bound_on_disconnect_threshold_as_fraction_of_mean "
     "bucket_localize_acquire_lock_timeout_sec bucket_localize_connect_timeout_max_retries "
     "bucket_localize_lookahead_priority_ratio bucket_localize_max_lookahead "
     "bucket_localize_max_timeout_sec bucket_localize_status_check_backoff_start_ms "
     "bucket_localize_status_check_period_ms bucket_predictor bucket_refresh_interval "
     "bucket_refresh_interval_cluster bundle_status_expiry_time cache_timeout cache_ttl cache_ttl_sec "
     "check_for_invalid_time check_search_marker_done_interval check_search_marker_sleep_interval "
     "check_splunkd_period chunk_multiplier chunk_size chunk_size_double_every clb_cpu_profiling "
     "cmds_black_list collect_ignore_minor_breakers compression_level concurrency_message_throttle_time "
     "condition_evaluation_interval create_context custom_configuration_files_ignore_reload db_path "
     "dc_digest_bits debug_metrics defaultReducersPerPhase default_allow_queue default_backfill "
     "default_partitions default_save_ttl default_time_bins depth_limit detailed_dashboard "
     "detect_search_time_field_collisions disable_inactive_channels disable_transparent_mode_federation "
     "disabled disabledCommandList disk_usage_update_period dispatch_dir_warning_size dispatch_mode "
     "dispatch_only_when_kvstore_ready dispatch_quota_retry dispatch_quota_sleep_ms dispatch_retry_delay "
     "distributed distributed_search_limit do_not_use_summaries dynamic_max_searches_perc "
     "dynamic_max_searches_perc_increase_increment dynamic_max_searches_perc_increase_period "
     "dynamic_max_searches_perc_upper_limit enableDestConfigOnDs enablePreview enable_clipping "
     "enable_conditional_expansion enable_createrss_command enable_cumulative_quota enable_datamodel_meval "
     "enable_file_command enable_generalization enable_history enable_install_apps enable_memory_tracker "
     "enable_oauth2_for_applications enable_reaper enable_splunkd_kv_lookup_indexing enable_status_cache "
     "enabled enforce_auto_lookup_order enforce_time_order excluded_commands execute_postprocess_in_search "
     "export_max_file_size export_max_scale_factor extract_all failed_job_ttl fetch_multiplier "
     "fetch_remote_search_log field_filters fields fields_black_list fieldstats_update_freq "
     "fieldstats_update_maxperiod file_and_directory_eliminator_reaper_interval "
     "file_tracking_db_fsync_enabled file_tracking_db_threshold_mb filteredindexes_log_level "
     "filterstrategy force_saved_search_dispatch_as_user format_multivalue_collect "
     "get_summary_id_connection_timeout get_summary_id_rcv_timeout get_summary_id_send_timeout "
     "grace_period_before_disconnect high_accuracy_results_queue_size honor_action "
     "hostwide_queued_search_limit "},
    {"limits", "",
     "hot_bucket_min_new_events idle_connections_log_frequency idle_process_cache_search_count "
     "idle_process_cache_timeout idle_process_hostwide_memory_threshold idle_process_reaper_period "
     "idle_process_regex_cache_hiwater inactive_eligibility_age_seconds "
     "include_events_omitted_when_filtering_numeric_values include_temp_dirs_in_disk_usage "
     "indexed_as_exact_metasearch indexed_csv_include_underscore_key_field "
     "indexed_csv_inprogress_max_timeout indexed_csv_keep_alive_timeout indexed_csv_ttl "
     "indexed_fields_expansion indexed_kv_limit indexed_realtime_cluster_update_interval "
     "indexed_realtime_default_span indexed_realtime_disk_sync_delay indexed_realtime_maximum_span "
     "indexed_realtime_update_interval indexed_realtime_use_by_default indexedcsv_failure_cleanup "
     "indexfilter indextime_lag infocsv_log_level ingest_lookup_refresh_period_secs "
     "ingest_max_memtable_bytes input_errors_fatal inputlookup_merge "
     "installed_files_anomalous_integrity_interval installed_files_integrity "
     "installed_files_integrity_interval insufficient_search_capabilities interval introspection_lookback "
     "jobscontentmaxcount keepresults launcher_max_idle_checks launcher_threads lb_cpu_profiling "
     "learned_sourcetypes_limit load_remote_bundles local_connect_timeout local_receive_timeout "
     "local_send_timeout log_search_messages long_search_threshold lowater_inactive maintenance_period "
     "match_limit maxArchiveNestLevel maxKBps maxPrdSearchesPerCpu maxPreviewMemUsageMb "
     "maxReducersPerPhase maxRunningPrdSearches max_accelerations_per_collection max_action_results "
     "max_audit_sourcetypes max_blocking_secs max_bucket_bytes max_chunk_queue_size max_chunk_size_kb "
     "max_combiner_memevents max_concurrent max_concurrent_per_user max_content_length "
     "max_continuous_scheduled_search_lookback max_count max_documents_per_batch_save "
     "max_events_per_bucket max_extractor_time max_failed_status_unchanged_count max_fd "
     "max_fieldmeta_cnt_ui max_fields_per_acceleration max_history_length "
     "max_history_storage_retention_time max_hot_bucket_summarization_idle_time max_id_length "
     "max_id_length_before_hash max_idle_process_count max_idle_process_memory max_inactive "
     "max_infocsv_messages max_keymap_rows max_lock_file_ttl max_lock_files max_lookup_messages "
     "max_macro_depth max_matches max_mem_usage_mb max_memtable_bytes max_number_of_ack_channel "
     "max_number_of_acked_requests_pending_query "
     "max_number_of_acked_requests_pending_query_per_ack_channel max_number_of_tokens "
     "max_old_bundle_idle_time max_per_result_alerts max_per_result_alerts_time max_persistent_connections "
     "max_preview_bytes max_preview_generation_inputcount max_preview_period max_pull_based_fetch "
     "max_queries_per_batch max_rawsize_perchunk max_replicated_hot_bucket_idle_time max_results_perchunk "
     "max_reverse_matches max_rows_in_memory_per_dump max_rows_per_query max_rows_per_table "
     "max_rt_search_multiplier max_run_stats max_search_process_pool max_searches_per_cpu "
     "max_searches_per_process max_searches_perc max_searches_perc.* max_searches_started_per_cycle "
     "max_searchinfo_map_size max_servers max_size_per_batch_result_mb max_size_per_batch_save_mb "
     "max_size_per_result_mb max_stream_window max_subsearch_depth max_summary_ratio max_summary_size "
     "max_threads_per_outputlookup max_time max_time_per_process max_timeafter max_timebefore "
     "max_tolerable_skew max_users_to_precache max_valuemap_bytes max_verify_bucket_time "
     "max_verify_buckets max_verify_ratio max_verify_total_time max_workers_searchparser maxbins "
     "maxclusters maxcount maxdatapoints maxevents maxfields maxfiles maxkrange maxkvalue maxlen "
     "maxmem_check_freq maxp maxrange maxsamples maxseries maxtime maxtotalsamples maxvalues maxvaluesize "
     "maxzoomlevel merge_to_base_search metrics_report_interval minSpanAllowed min_batch_size_bytes "
     "min_chunk_size_kb min_freq min_memory_per_search min_prefix_len min_prefix_length min_preview_period "},
    {"limits", "",
     "min_results_perchunk mkdir_max_retries monitornohandle_max_driver_mem_mb "
     "monitornohandle_max_driver_records monitornohandle_max_heap_mb mp_cpu_profiling msp_cpu_profiling "
     "natural_sort_output normalized_summaries optimize_max_size_mb origin orphan_searches "
     "outputlookup_check_permission packets_per_data_point partitions_limit perc_digest_type perc_method "
     "perf_warn_limit periodic_timer_interval persistance_period persistence_period phased_execution "
     "phased_execution_mode poll_buckets_until_maxtime previewReducerDutyCycle preview_duty_cycle "
     "preview_freq printf_max_precision printf_max_width priority_runtime_factor priority_skipped_factor "
     "process_max_age process_min_age_before_user_change pull_interval pull_interval_throttle_interval "
     "pull_interval_throttle_limit queue_size queued_job_check_freq rdigest_k rdigest_maxnodes "
     "rdinPairingTimeout rdnsMaxDutyCycle read_final_results_from_timeliner read_summary realtime_buffer "
     "reaper_freq reaper_soft_warn_level record_search_telemetry reduce_duty_cycle reduce_freq reducers "
     "regex_cpu_profiling remote_event_download_finalize_pool remote_event_download_initialize_pool "
     "remote_event_download_local_pool remote_reduce_limit "
     "remote_search_requests_reject_if_capabilities_list_absent "
     "remote_search_requests_send_capabilities_list remote_search_requests_throttling_type remote_timeline "
     "remote_timeline_connection_timeout remote_timeline_fetchall remote_timeline_max_count "
     "remote_timeline_max_size_mb remote_timeline_min_peers remote_timeline_parallel_fetch "
     "remote_timeline_prefetch remote_timeline_receive_timeout remote_timeline_send_timeout "
     "remote_timeline_thread remote_timeline_touchperiod remote_ttl render_chromium_screenshot_delay "
     "render_chromium_timeout render_endpoint_timeout replication_file_ttl replication_period_sec "
     "required_eventtypes required_tags restprocessor_errors_fatal result_limit result_queue_max_size "
     "results_compression_algorithm results_deduplication results_queue_min_size "
     "results_queue_read_timeout_sec results_serial_format return_actions_with_normalized_ids "
     "reuse_map_maxsize rfs.provider.max_concurrent_uploads rfs.provider.max_workers "
     "rfs.provider.rawdata_limit_mb rfsS3DestinationOff rr_max_sleep_ms rr_min_sleep_ms rr_sleep_factor "
     "run_as_owner_ttl saved_searches_disabled scheduled_view_timeout scheduler_user_timezone_cache_expiry "
     "search_2_hash_cache_timeout search_delay search_history_load_timeout search_history_max_runtimes "
     "search_history_storage_mode search_keepalive_frequency search_keepalive_max "
     "search_launch_timeout_seconds search_messages_severity search_process_configure_oom_score_adj "
     "search_process_memory_usage_percentage_threshold search_process_memory_usage_threshold "
     "search_process_mode search_process_set_oom_score_adj search_retry search_retry_max_historical "
     "search_retry_waiting_time search_startup_config_timeout_ms search_telemetry_component_limit "
     "search_telemetry_file_limit search_transaction_establish_connection_max_retries search_ttl "
     "sensitivity shared_provider_cache_size shc_accurate_access_counts shc_adhoc_quota_enforcement "
     "shc_cached_artifacts_ttl shc_local_quota_check shc_role_quota_enforcement "
     "shc_scheduler_sticky_jobs_expiry shc_syswide_quota_enforcement show_warn_on_filtered_indexes "
     "shp_dispatch_to_member shp_dispatch_to_slave sleep_rebuild_deletion_seconds sleep_seconds "
     "soft_preview_queue_size sparkline_maxsize sparkline_time_steps sqs.ingest.max_threads squashcase "
     "srtemp_dir_ttl stack_files_removal_period stack_files_ttl stack_size stale_lock_seconds stats "
     "status_buckets status_cache_in_memory_ttl status_cache_size status_period_ms "
     "subsearch_artifacts_delete_policy subsearch_maxtime subsearch_timeout summariesonly summary_mode "
     "suppress_derived_info sync_bundle_replication tailing_proc_speed target_per_timeseries "
     "target_time_perchunk tdigest_k tdigest_max_buffer_size "},
    {"limits", "",
     "threads threshold_connection_life_time threshold_data_volume throttle_peer_busy_wait "
     "time_before_close time_bin_limit time_format_reject timeline_events_preview timeline_freq "
     "tmpfile_compression tmpfile_compression_level tocsv_maxretry tocsv_retryperiod_ms "
     "toggle_server_conf_reload total_search_concurrency_limit track_indextime_range "
     "track_matching_sourcetypes truncate_report tscollect_queue_size ttl unified_search "
     "update_datamodel_usage_stats use_bloomfilter use_bucket_predictor_v2 use_cache use_directives "
     "use_dispatchtmp_dir use_metadata_elimination use_removable_search_cache use_search_evaluator_v2 "
     "use_segmenter_v2 verify_delete version_upgrade_backup_disabled version_upgrade_keep_backups "
     "version_upgrade_max_command_time_ms version_upgrade_max_retries version_upgrade_max_start_retries "
     "version_upgrade_polling_interval_ms version_upgrade_polling_max_wait_ms "
     "version_upgrade_polling_version_max_wait_ms version_upgrade_terminate_timeout_s "
     "version_upgrade_time_duration_block_s view_cleartext_allowlist view_cleartext_spl_rest "
     "warn_on_missing_summaries winningRate write_multifile_results_out zl_0_gridcell_latspan "
     "zl_0_gridcell_longspan "},
};

const char *const spl_conf_files[] = {
    "props",           "transforms",  "eventtypes", "tags",    "macros",           "savedsearches",
    "fields",          "collections", "datamodels", "multikv", "transactiontypes", "limits",
    "eventdiscoverer", NULL};

/* Whether LIST, names between blanks, has NAME. */
static bool has(const char *list, spl_str name)
{
    for (const char *p = list; *p; p++) {
        size_t len = strcspn(p, " ");
        bool wild = len && p[len - 1] == '*';

        if (wild ? name.len >= len - 1 && memcmp(p, name.data, len - 1) == 0
                 : name.len == len && memcmp(p, name.data, len) == 0)
            return true;
        p += len;
        if (!*p) break;
    }
    return false;
}

spl_setting_kind spl_setting_kind_of(const char *file, spl_str name)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(files[i].file, file) != 0) continue;
        if (has(files[i].applied, name)) return SPL_SETTING_APPLIED;
        if (has(files[i].ignored, name)) return SPL_SETTING_IGNORED;
    }
    return SPL_SETTING_UNKNOWN;
}

static bool is_one_of(spl_str value, const char *words)
{
    for (const char *p = words; *p;) {
        size_t len = strcspn(p, " ");

        if (spl_str_ieq(value, spl_str_cut(p, len))) return true;
        p += len + (p[len] == ' ');
    }
    return !value.len;
}

const char *spl_setting_unmet(const spl_conf_entry *e)
{
    static const struct {
        const char *key, *harmless, *why;
    } all[] = {
        {"HEADER_MODE", "none", "lines with ***SPLUNK*** are events like others"},
        {"METRICS_PROTOCOL", "", "text of StatsD and collectd is not read as metrics"},
        {"STATSD-DIM-TRANSFORMS", "", "text of StatsD is not read as metrics"},
        {"DATETIME_CONFIG", "CURRENT NONE /etc/datetime.xml etc/datetime.xml",
         "time stamps are looked for in the program's own forms; TIME_PREFIX and TIME_FORMAT say which one it is"},
        {"SEGMENTATION", "indexing full standard", "keywords are those of the default segmenter"},
        {"unarchive_cmd", "_auto", "DATA is read as it stands, and as gzip and zstd have packed it"},
        {"ROUTE_EVENTS_OLDER_THAN", "", "events are kept however old they are"},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool family = all[i].key[strlen(all[i].key) - 1] == 'S'; /* …-TRANSFORMS-x */

        if (!spl_str_is(e->key, all[i].key) && !(family && spl_str_starts(e->key, spl_str_of(all[i].key)))) continue;
        if (spl_str_is(e->key, "unarchive_cmd") && spl_str_starts(e->value, SPL_S("gzip"))) return NULL;
        return is_one_of(e->value, all[i].harmless) ? NULL : all[i].why;
    }
    return NULL;
}

size_t spl_setting_names(spl_arena *arena, const char *file, spl_str **names)
{
    SPL_VEC(spl_str) found = {0};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(files[i].file, file) != 0) continue;
        for (int k = 0; k < 2; k++) {
            const char *list = k ? files[i].ignored : files[i].applied;

            for (const char *p = list; *p; p++) {
                size_t len = strcspn(p, " ");

                if (len) SPL_PUSH(arena, &found, ((spl_str){p, len - (p[len - 1] == '*')}));
                p += len;
                if (!*p) break;
            }
        }
    }
    *names = found.data;
    return found.len;
}
