"""The names of each node type's fields and edges; any other name is refused.

Source: Meta's API specification of v25.0, as its business SDKs carry it (read 2026-11-29); for the phone number Meta's
reference "WhatsApp Business Account to number current status" (read 2026-11-29).
"""

_PAGE = """
about access_token ad_campaign affiliation app_id artists_we_like attire available_promo_offer_ids awards band_interests
band_members best_page bio birthday booking_agent breaking_news_usage built business can_checkin can_post category
category_list checkins company_overview connected_instagram_account connected_page_backed_instagram_account
contact_address copyright_attribution_insights copyright_whitelisted_ig_partners country_page_likes cover culinary_team
current_location delivery_and_pickup_option_info description description_html differently_open_offerings directed_by
display_subtext displayed_message_response_time does_viewer_have_page_permission_link_ig emails engagement fan_count
featured_video features followers_count food_styles founded general_info general_manager genre global_brand_page_name
global_brand_root_id has_added_app has_lead_access has_transitioned_to_new_page_experience has_whatsapp_business_number
has_whatsapp_number hometown hours impressum influences instagram_business_account is_always_open is_calling_eligible
is_chain is_community_page is_eligible_for_branded_content
is_eligible_for_disable_connect_ig_btn_for_non_page_admin_am_web is_messenger_bot_get_started_enabled
is_messenger_platform_bot is_owned is_permanently_closed is_published is_unclaimed is_verified is_webhooks_subscribed
keywords leadgen_tos_acceptance_time leadgen_tos_accepted leadgen_tos_accepting_user link location members merchant_id
merchant_review_status messaging_feature_status messenger_ads_default_icebreakers messenger_ads_default_quick_replies
messenger_ads_quick_replies_type mini_shop_storefront mission mpg name_with_location_descriptor network new_like_count
offer_eligible overall_star_rating owner_business page_backed_threads_account_id page_token parent_page parking
payment_options personal_info personal_interests pharma_safety_info phone pickup_options place_type plot_outline
preferred_audience press_contact price_range priority_hours privacy_info_url produced_by products promotion_eligible
promotion_ineligible_reason public_transit rating_count recipient record_label release_date restaurant_services
restaurant_specialties schedule screenplay_by season single_line_address starring start_info store_code
store_location_descriptor store_number studio supports_donate_button_in_live_video talking_about_count temporary_status
unread_message_count unread_notif_count unseen_message_count user_access_expire_time username verification_status
voip_info website were_here_count whatsapp_number written_by
ab_tests ads_posts agencies albums assigned_users blocked call_to_actions calls canvases chat_plugin conversations
custom_labels dataset events feed global_brand_children indexed_videos insights instagram_accounts leadgen_forms likes
live_videos locations message_templates messages messenger_lead_forms messenger_profile personas photos picture posts
product_catalogs published_posts ratings roles scheduled_posts settings store_locations stories subscribed_apps tabs
tagged tasks perms thread_owner threads video_lists video_reels videos visitor_posts
"""
_APPLICATION = """
aam_rules an_ad_space_limit an_platforms android_key_hash android_sdk_error_categories app_domains app_events_config
app_events_session_timeout app_install_tracked app_name app_type auth_dialog_data_help_url auth_dialog_headline
auth_dialog_perms_explanation auth_referral_default_activity_privacy auth_referral_enabled
auth_referral_extended_perms auth_referral_friend_perms auth_referral_response_type auth_referral_user_perms business
canvas_fluid_height canvas_fluid_width canvas_url category client_config company config_ids configured_ios_sso
contact_email created_time creator_uid daily_active_users daily_active_users_rank deauth_callback_url
default_share_mode description financial_id has_messenger_product hosting_url icon_url ios_bundle_id
ios_sdk_dialog_flows ios_sdk_error_categories ipad_app_store_id iphone_app_store_id latest_sdk_version link
logging_token logo_url migrations mobile_profile_section_url mobile_web_url monthly_active_users
monthly_active_users_rank namespace object_store_urls owner_business page_tab_default_name page_tab_url photo_url
privacy_policy_url profile_section_url property_id real_time_mode_devices restrictions sdk_update_message
seamless_login secure_canvas_url secure_page_tab_url server_ip_whitelist social_discovery subcategory
supported_platforms supports_attribution supports_implicit_sdk_logging terms_of_service_url url_scheme_suffix
user_support_email user_support_url website_url weekly_active_users
accounts activities agencies app_event_types assets authorized_adaccounts connected_client_businesses permissions
products purchases roles subscribed_apps subscribed_fields subscriptions uploads
"""
_USER = """
about age_range birthday client_business_id community cover currency education email favorite_athletes favorite_teams
first_name gender hometown inspirational_people install_type installed is_guest_user is_work_account languages
last_name link local_news_megaphone_dismiss_status local_news_subscription_status locale location meeting_for
middle_name name_format payment_pricepoints political profile_pic quotes relationship_status religion
shared_login_upgrade_required_by short_name significant_other sports supports_donate_button_in_live_video
third_party_id timezone token_for_business updated_time verified video_upload_limits website
accounts adaccounts albums apprequests assigned_pages assigned_whatsapp_business_accounts business_users businesses
conversations custom_labels events feed friends fundraisers groups ids_for_apps ids_for_business ids_for_pages likes
live_videos music notifications permissions personal_ad_accounts photos picture posts videos
"""
_WHATSAPP_ACCOUNT = """
account_review_status analytics auth_international_rate_eligibility business_verification_status country creation_time
currency disable_marketing_messages_on_cloud_api health_status is_enabled_for_insights is_shared_with_partners
linked_commerce_account marketing_messages_ad_account marketing_messages_lite_api_status
marketing_messages_onboarding_status message_template_namespace on_behalf_of_business_info owner_business
owner_business_info ownership_type primary_business_location primary_funding_id purchase_order_number
service_pricing_policy status template_auto_archival_enabled timezone_id whatsapp_business_manager_messaging_limit
whatsapp_manager_marketing_messages_max_price_enroll_status
activities assigned_users audiences call_analytics conversation_analytics dataset flows message_templates
payment_configurations phone_numbers pricing_analytics product_catalogs schedules solutions subscribed_apps
template_analytics template_groups
"""
_PHONE_NUMBER = """
account_mode certificate code_verification_status conversational_automation country_code country_dial_code
display_phone_number eligibility_for_api_business_global_search health_status host_platform is_official_business_account
is_on_biz_app is_pin_enabled is_preverified_number last_onboarded_time messaging_limit_tier name_status new_certificate
new_display_name new_name_status official_business_account platform_type quality_rating quality_score
search_visibility settings status throughput username verified_name webhook_configuration
whatsapp_business_manager_messaging_limit
business_compliance_info call_permissions message_qrdls official_business_account whatsapp_business_encryption
whatsapp_business_profile whatsapp_commerce_settings
"""

_COMMENT = """
admin_creator application attachment can_comment can_hide can_like can_remove can_reply_privately comment_count
created_time from is_hidden is_private like_count live_broadcast_timestamp message message_tags object parent
permalink_url private_reply_conversation user_likes comments likes reactions
"""
_POST = """
actions admin_creator allowed_advertising_objectives application attachments backdated_time call_to_action
comments_mirroring_domain coordinates created_time event expanded_height expanded_width feed_targeting from full_picture
height icon instagram_eligibility is_app_share is_eligible_for_promotion is_expired is_hidden is_instagram_eligible
is_popular is_published is_spherical message message_tags multi_share_end_card multi_share_optimized parent_id
permalink_url place privacy promotable_id properties scheduled_publish_time shares status_type story story_tags
subscribed target targeting timeline_visibility to updated_time video_buying_eligibility via width comments
dynamic_posts insights likes reactions sharedposts sponsor_tags
"""
_LEAD = """
ad_id ad_name adset_id adset_name campaign_id campaign_name created_time custom_disclaimer_responses field_data form_id
home_listing is_organic partner_name platform post post_submission_check_result retailer_item_id vehicle
"""
_LEAD_FORM = """
allow_organic_lead block_display_for_non_targeted_viewer context_card created_time creator expired_leads_count
follow_up_action_text follow_up_action_url is_optimized_for_quality leads_count legal_content locale
organic_leads_count page page_id privacy_policy_url question_page_custom_headline questions status thank_you_page
tracking_parameters leads test_leads
"""
_THREAD = """
can_reply folder former_participants is_subscribed link linked_group message_count participants scoped_thread_key
senders snippet subject unread_count updated_time wallpaper messages
"""
_MESSAGE = "attachments created_time from is_unsupported message reactions reply_to shares sticker story tags thread to"
_MEDIUM = """
album backdated_time can_delete created_time creation_time description event from height icon images length likes link
name page_story_id permalink_url picture place source status title updated_time video width comments
"""
_IG_COMMENT = "from hidden like_count media parent_id text timestamp user username replies"
_IG_MEDIA = """
alt_text caption comments_count is_comment_enabled is_shared_to_feed like_count media_product_type media_type media_url
owner permalink shortcode thumbnail_url timestamp username view_count children comments insights
"""
_TEMPLATE = """
category components correct_category cta_url_link_tracking_opted_out language library_template_name
message_send_ttl_seconds parameter_format previous_category quality_score rejected_reason specific_rejection_reasons
status sub_category
"""

_ALL = {
    "Comment": _COMMENT,
    "Post": _POST,
    "Lead": _LEAD,
    "LeadGenData": _LEAD_FORM,
    "UnifiedThread": _THREAD,
    "Message": _MESSAGE,
    "Photo": _MEDIUM,
    "AdVideo": _MEDIUM,
    "LiveVideo": _MEDIUM,
    "IGComment": _IG_COMMENT,
    "IGMedia": _IG_MEDIA,
    "IGUser": "mentioned_comment mentioned_media username",
    "WhatsAppMedia": "messaging_product url mime_type sha256 file_size",
    "WhatsAppMessageTemplate": _TEMPLATE,
    "Page": _PAGE,
    "Application": _APPLICATION,
    "User": _USER,
    "WhatsAppBusinessAccount": _WHATSAPP_ACCOUNT,
    "WhatsAppBusinessPhoneNumber": _PHONE_NUMBER,
    "WhatsAppBusinessSubscribedApp": "whatsapp_business_api_data override_callback_uri",
}
NODE_FIELDS = {kind: frozenset(("id", "name", "metadata", *names.split())) for kind, names in _ALL.items()}
"""The names by the node's type, as Meta's errors name it."""
