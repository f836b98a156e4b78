<#
.SYNOPSIS
169.254.170.2/32 on the host's adapter of docker's network "nat", ready for use.

.DESCRIPTION
Gone after every restart of the host. A port proxy that outlived the address is removed before the address is made
again: it would go on listening where nobody can come to it, and keep port 80 from the next one.
Answers with one JSON object. Exit code 0: it holds; 2: it does not; 3: could not be told; 1: could not be set.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Test')]
param(
    [Parameter(ParameterSetName = 'Test')][switch]$Test,
    [Parameter(ParameterSetName = 'Set', Mandatory)][switch]$Set
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Taskfence.psm1"

$noAdapter = "there is no adapter named 'vEthernet (nat)*' or '*APIPA*'"

function Test-Place {
    param([Parameter(Mandatory)]$Address)
    $indexes = @(Get-CredentialsAdapter | ForEach-Object { $_.ifIndex })
    $indexes -contains $Address.InterfaceIndex -and $Address.PrefixLength -eq 32
}

function Find-Address {
    $adapters = @(Get-CredentialsAdapter)
    if ($adapters.Count -eq 0) {
        return Format-Finding -Fault $noAdapter -Hint "Docker makes it with its network nat: look at 'docker network ls', restart the services hns and docker."
    }
    $found = @(Get-CredentialsAddress)
    if ($found.Count -eq 0) { return Format-Finding -Fault "no adapter has $CredentialsAddress" }
    $astray = @($found | Where-Object { -not (Test-Place $_) } | ForEach-Object {
            "$($_.IPAddress)/$($_.PrefixLength) on interface $($_.InterfaceIndex)"
        })
    if ($astray.Count -gt 0) {
        return Format-Finding -Fault "$($astray -join ', ') instead of $CredentialsAddress/32 on $($adapters[0].Name)"
    }
    $name = @($adapters | Where-Object { $_.ifIndex -eq $found[0].InterfaceIndex })[0].Name
    $state = "$($found[0].AddressState)"
    if ($state -ne 'Preferred') {
        return Format-Finding -Fault "$CredentialsAddress on $name is $state, not Preferred" -Hint 'Duplicate: another adapter or host answers for the address.'
    }
    Format-Finding -State "$CredentialsAddress/32 on $name"
}

function Repair-Address {
    if (-not (Wait-Condition -Seconds 30 -Condition { @(Get-CredentialsAdapter).Count -gt 0 })) {
        throw "$noAdapter came in 30 s"
    }
    $found = @(Get-CredentialsAddress)
    $kept = @($found | Where-Object { (Test-Place $_) -and "$($_.AddressState)" -ne 'Duplicate' })
    $stale = @($found | Where-Object { -not (Test-Place $_) -or "$($_.AddressState)" -eq 'Duplicate' })
    if ($kept.Count -eq 0) {
        foreach ($entry in @(Get-CredentialsProxy)) { Remove-CredentialsProxy -Entry $entry -WhatIf:$WhatIfPreference }
    }
    foreach ($address in $stale) {
        if (-not $PSCmdlet.ShouldProcess("$CredentialsAddress on interface $($address.InterfaceIndex)", 'remove')) { continue }
        Remove-NetIPAddress -ErrorAction Stop -IPAddress $CredentialsAddress -InterfaceIndex $address.InterfaceIndex -Confirm:$false
        "removed $CredentialsAddress/$($address.PrefixLength) from interface $($address.InterfaceIndex)"
    }
    $adapter = @(Get-CredentialsAdapter)[0]
    if ($kept.Count -gt 0) { return "waited for $CredentialsAddress on $($adapter.Name)" }
    if (-not $PSCmdlet.ShouldProcess("$CredentialsAddress/32 on $($adapter.Name)", 'add')) { return }
    # Until the next restart only: what is kept beyond it belongs to an adapter that will not come back.
    [void](New-NetIPAddress -ErrorAction Stop -IPAddress $CredentialsAddress -PrefixLength 32 -InterfaceIndex $adapter.ifIndex -PolicyStore ActiveStore)
    "added $CredentialsAddress/32 to $($adapter.Name)"
}

$answer = Resolve-Setting -Name address -Set:$Set -Find { Find-Address } -Repair { Repair-Address }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set:$Set)
